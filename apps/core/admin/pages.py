"""What a page is made of, as values; and the registry by which upper apps add to the pages of lower ones."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from apps.core.money import Trace

from .show import brief
from .site import StaffRequest

Text = str | Promise
WORKBENCH, HEALTH = "workbench", "health"
NOTHING_YET = _("Nothing here yet.")


@dataclass(frozen=True)
class Column:
    """One column of a table: a label, and an attribute name or a function that gives the cell.

    On a list one that is not ``usual`` is shown only to those who chose it.
    """

    label: Text
    value: str | Callable[[Any], Any]
    numeric: bool = False
    usual: bool = True

    @property
    def key(self) -> str:
        """What addresses and saved views call it, whatever the reader's language."""
        with translation.override(None):
            return slugify(str(self.label))

    def of(self, obj: Any) -> str:
        value = getattr(obj, self.value) if isinstance(self.value, str) else self.value(obj)
        return brief(value() if callable(value) else value)


@dataclass(frozen=True)
class Fact:
    """A label and a value, with an optional line of explanation, and for figures how they came about."""

    label: Text
    value: Any
    hint: Text = ""
    derived: Sequence[tuple[Text, Trace | Mapping[str, Any]]] = ()

    @property
    def shown(self) -> str:
        return brief(self.value)


@dataclass(frozen=True)
class Facts:
    template: ClassVar[str] = "staff/parts/facts.html"
    facts: Sequence[Fact]
    title: Text = ""


@dataclass(frozen=True)
class Table:
    template: ClassVar[str] = "staff/parts/table.html"
    columns: Sequence[Column]
    objects: Iterable[Any]
    title: Text = ""
    empty: Text = NOTHING_YET

    @property
    def rows(self) -> list[list[tuple[Column, str]]]:
        return [[(column, column.of(obj)) for column in self.columns] for obj in self.objects]


@dataclass(frozen=True)
class Note:
    """A sentence that stands on its own."""

    template: ClassVar[str] = "staff/parts/note.html"
    text: Text
    tone: str = "plain"


@dataclass(frozen=True)
class Link:
    """Where to go on."""

    template: ClassVar[str] = "staff/parts/link.html"
    text: Text
    href: str
    title: Text = ""


@dataclass(frozen=True)
class Entry:
    """One line of a timeline: when, what, who, why, and the values before and after."""

    at: datetime
    sentence: Text
    kind: str
    business_date: Any
    actor: str
    reason: str = ""
    details: Sequence[tuple[Text, Any]] = ()
    label: Text = ""
    href: str = ""


@dataclass(frozen=True)
class Timeline:
    template: ClassVar[str] = "staff/parts/timeline.html"
    entries: Sequence[Entry]
    kinds: Sequence[tuple[str, Text, bool]] = ()
    older: str = ""
    title: Text = ""


@dataclass(frozen=True)
class AsOf:
    """The day whose state is shown, with the form and the slider to ask for another (screen S6.3).

    ``on`` lies between ``first`` and ``last``; ``known`` is the day whose knowledge counts, None for all there is.
    ``cuts`` are the days on which something changes; ``wrong`` says why what was asked for cannot be shown.
    """

    template: ClassVar[str] = "staff/parts/as_of.html"
    on: date
    today: date
    first: date
    last: date
    known: date | None = None
    cuts: Sequence[date] = ()
    wrong: Sequence[Text] = ()
    title: Text = ""

    @property
    def days(self) -> int:
        """How many days the slider spans."""
        return (self.last - self.first).days

    @property
    def position(self) -> int:
        return (self.on - self.first).days

    @property
    def marks(self) -> list[int]:
        return [(cut - self.first).days for cut in self.cuts]

    @property
    def usual(self) -> bool:
        """Whether today is shown, as known now."""
        return self.on == self.today and self.known is None and not self.wrong


@dataclass(frozen=True)
class Compared:
    """Two states beside each other (screen S7): differences by colour, sign and word.

    Each of ``parts`` has a title, a kind (added, removed, changed, unchanged) and lines: label, before, after, kind.
    """

    template: ClassVar[str] = "staff/parts/compared.html"
    before: Text
    after: Text
    parts: Sequence[Any]
    title: Text = ""


@dataclass(frozen=True)
class Pair:
    """A form that asks which two of a list are to be compared; ``options`` are values and labels."""

    template: ClassVar[str] = "staff/parts/pair.html"
    action: str
    options: Sequence[tuple[int, Text]]
    before: int
    after: int
    title: Text = ""


Section = Facts | Table | Note | Link | Timeline | AsOf | Compared | Pair


@dataclass(frozen=True)
class Stage:
    """One step of an object's path: done, now, ahead or off (a way out of the path)."""

    label: Text
    place: str = "ahead"


@dataclass(frozen=True)
class Tab:
    """A tab of an object page; built only when it is the one looked at."""

    key: str
    label: Text
    build: Callable[[StaffRequest, Any], Sequence[Section]]
    order: int
    permission: str = ""


@dataclass(frozen=True)
class Card:
    """A card in the right rail: deadlines, holds, people."""

    title: Text
    build: Callable[[StaffRequest, Any], Sequence[Section]]
    order: int


@dataclass(frozen=True)
class Figure:
    """One of today's figures; ``href`` leads to the rows behind it. What ``waits`` for this person stands on top."""

    label: Text
    value: Any
    href: str = ""
    tone: str = "plain"
    hint: Text = ""
    waits: bool = False

    @property
    def shown(self) -> str:
        return brief(self.value)


@dataclass(frozen=True)
class FigureGroup:
    title: Text
    permission: str
    order: int
    board: str
    build: Callable[[StaffRequest], Sequence[Figure]] = field(repr=False)


_tabs: dict[str, list[Tab]] = defaultdict(list)
_cards: dict[str, list[Card]] = defaultdict(list)
_figures: list[FigureGroup] = []
_tools: list[tuple[str, Callable[[StaffRequest, Any], Link]]] = []

Builder = Callable[[StaffRequest, Any], Sequence[Section]]


def tab(page: str, label: Text, *, order: int, permission: str = "") -> Callable[[Builder], Builder]:
    """Decorator: add a tab to the page of a model ("policies.policy"); its address is the function's name."""

    def register(build: Builder) -> Builder:
        _tabs[page].append(Tab(build.__name__, label, build, order, permission))
        return build

    return register


def rail(page: str, title: Text, *, order: int) -> Callable[[Builder], Builder]:
    """Decorator: add a card to the right rail of a model's page."""

    def register(build: Builder) -> Builder:
        _cards[page].append(Card(title, build, order))
        return build

    return register


def tool(*, permission: str) -> Callable[..., Any]:
    """Decorator: offer something with every list, as it is narrowed at the moment, to those who may."""

    def register(build: Callable[[StaffRequest, Any], Link]) -> Callable[[StaffRequest, Any], Link]:
        _tools.append((permission, build))
        return build

    return register


def tools_of(request: StaffRequest, page: Any) -> list[Link]:
    """What is offered with the list of this page."""
    return [build(request, page) for permission, build in _tools if request.user.has_perm(permission)]


def figure(title: Text, *, permission: str, order: int, board: str = WORKBENCH) -> Callable[..., Any]:
    """Decorator: add a group of figures to the workbench or to the health page, for those who may read them."""

    def register(build: Callable[[StaffRequest], Sequence[Figure]]) -> Callable[[StaffRequest], Sequence[Figure]]:
        _figures.append(FigureGroup(title, permission, order, board, build))
        return build

    return register


def tabs_of(page: str) -> list[Tab]:
    return sorted(_tabs[page], key=lambda tab: tab.order)


def cards_of(page: str) -> list[Card]:
    return sorted(_cards[page], key=lambda card: card.order)


def figures(board: str = WORKBENCH) -> list[FigureGroup]:
    return sorted((group for group in _figures if group.board == board), key=lambda group: group.order)
