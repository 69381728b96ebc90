"""How values look on a page: money, dates, states, links. One value, one look, everywhere."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from apps.core.dates import Frequency
from apps.core.money import Currency

EMPTY = "—"
FREQUENCIES = {
    Frequency.SINGLE: gettext_lazy("Single premium"),
    Frequency.ANNUAL: gettext_lazy("Annually"),
    Frequency.SEMI_ANNUAL: gettext_lazy("Half-yearly"),
    Frequency.QUARTERLY: gettext_lazy("Quarterly"),
    Frequency.MONTHLY: gettext_lazy("Monthly"),
}
SIGNS = {Currency.CNY: "¥"}


def money(amount: Decimal | None, currency: str = Currency.CNY) -> str:
    """``¥1,234.50``; other currencies by their code."""
    if amount is None:
        return EMPTY
    sign = SIGNS.get(Currency(currency), f"{currency} ")
    return f"{'−' if amount < 0 else ''}{sign}{abs(amount):,.2f}"


def in_wan(amount: Decimal) -> str:
    """How Chinese readers count large amounts, by ten thousands 万; nothing for others and for what is no multiple."""
    wan = amount / 10000
    if not amount or wan != wan.to_integral_value() or not (get_language() or "").startswith("zh"):
        return ""
    return _("{n} times ten thousand").format(n=f"{wan:,.0f}")


def frequency(code: str) -> str:
    """How often premium falls due, in words."""
    return str(FREQUENCIES[Frequency(code)])


def day(value: date | None) -> str:
    """A date in full: 2026年11月22日, 22 Nov 2026."""
    return formats.date_format(value, "DATE_FORMAT") if value else EMPTY


def brief(value: Any) -> str | SafeString:
    """A value in a table cell: short dates, grouped digits, a dash for nothing."""
    match value:
        case None | "":
            return EMPTY
        case bool():
            return _("Yes") if value else _("No")
        case datetime():
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
        case date():
            return f"{value:%Y-%m-%d}"
        case Decimal():
            return f"{value:,.2f}"
        case int():
            return f"{value:,}"
        case _:
            return conditional_escape(value)


def badge(label: Any, tone: str = "plain") -> SafeString:
    """A state, by word and colour. Tones: good, busy, warn, bad, plain."""
    return format_html('<span class="badge badge-{}">{}</span>', tone, label)


_actors: dict[str, Callable[[str], str]] = {}


def actors(kind: str) -> Callable[[Callable[[str], str]], Callable[[str], str]]:
    """Decorator: what people call actors of this kind ("key"); asked for every cell, so it must know by heart."""

    def register(name: Callable[[str], str]) -> Callable[[str], str]:
        _actors[kind] = name
        return name

    return register


def who(actor: str) -> str:
    """An actor of events as a person reads it: the account's name, the program behind a key, or that a job did it."""
    kind, _colon, name = actor.partition(":")
    if kind in _actors:
        return _actors[kind](name)
    return _("automatic") if kind == "job" else name or actor


def page_of(model: type[Model] | Model, pk: Any) -> str:
    """The address of an object's page."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[pk])


def page_at(page: str, pk: Any) -> str:
    """The address of a page of an app above this one, by its model's label ("policies.policy")."""
    return reverse(f"admin:{page.replace('.', '_')}_change", args=[pk])


Naming = Callable[[Any, Collection[int]], dict[int, str]]
_namings: dict[str, Naming] = {}


def naming(page: str) -> Callable[[Naming], Naming]:
    """Decorator: how lower apps, which know ids alone, name the objects of a page to somebody who may see them."""

    def register(name: Naming) -> Naming:
        _namings[page] = name
        return name

    return register


def names_of(page: str, user: Any, ids: Collection[int]) -> dict[int, str]:
    """The names of those among the objects that this person may see, by id."""
    return _namings[page](user, ids) if ids and page in _namings else {}


def pick(pk: int, name: str) -> SafeString:
    """The box that chooses a row of a list for a bulk act."""
    label = _("Choose {name}").format(name=name)
    return format_html('<input type="checkbox" form="bulk" name="ids" value="{}" aria-label="{}"> ', pk, label)


def link(to: Model | None, text: Any = None) -> SafeString | str:
    """The object's name, leading to its page."""
    if to is None:
        return EMPTY
    return format_html('<a href="{}">{}</a>', page_of(to, to.pk), text or to)
