"""The versions of a contract, and any two of them beside each other (screen S7).

The apps above know what a version was written for: ``@version_notes`` lets them put its slip (批单) beside it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.accounts import selectors as accounts
from apps.audit import timeline
from apps.audit.timeline import TimelineRow
from apps.core.admin import Column, Compared, Link, Pair, StaffRequest, Table, day, page_of, tab, who
from apps.core.admin.pages import Section
from apps.core.errors import NotFound, Refusal
from apps.policies import presenting
from apps.policies.models import Policy, PolicyVersion
from apps.policies.terms_json import from_json

if TYPE_CHECKING:
    from .pages import PolicyAdmin

PAGE = "policies.policy"
SHOWN = 200


@dataclass(frozen=True)
class VersionNote:
    """What a version was written for: the number of its slip 批单号, and the page that tells more."""

    number: str
    href: str = ""

    @property
    def shown(self) -> str:
        return format_html('<a href="{}">{}</a>', self.href, self.number) if self.href else self.number


Notes = Callable[[Sequence[PolicyVersion]], Mapping[int, VersionNote]]
_notes: list[Notes] = []


def version_notes(notes: Notes) -> Notes:
    """Decorator: say what versions of a policy were written for, by their ids; those it knows nothing of are left out.

    ``@version_notes`` ``def slips(versions): return {version_id: VersionNote("批2026000012", href)}``
    """
    _notes.append(notes)
    return notes


@dataclass(frozen=True)
class Written:
    """A version with who wrote it, why, and for which slip."""

    version: PolicyVersion
    cause: TimelineRow | None
    author: str
    note: VersionNote | None

    @property
    def why(self) -> str:
        if self.cause is None:
            return ""
        text = " · ".join(filter(None, (self.cause.sentence, self.cause.reason)))
        return format_html('<span class="prose">{}</span>', text)


COLUMNS = (
    Column(_("Version"), lambda row: row.version.number, numeric=True),
    Column(_("Effective on"), lambda row: row.version.effective_on),
    Column(_("Known since"), lambda row: row.version.recorded_at),
    Column(_("Who"), "author"),
    Column(_("Why"), "why"),
    Column(_("Slip"), lambda row: row.note.shown if row.note else ""),
)


def written(versions: Sequence[PolicyVersion]) -> list[Written]:
    """The versions of one policy with what else the transaction of each has told."""
    causes = timeline.causes(versions[0].policy_id, [each.txid for each in versions if each.txid]) if versions else {}
    names = accounts.names_of(cause.actor for cause in causes.values())
    notes = {key: note for notes in _notes for key, note in notes(versions).items()}
    rows = []
    for version in versions:
        cause = causes.get(version.txid or 0)
        author = (names.get(cause.actor) or who(cause.actor)) if cause else ""
        rows.append(Written(version, cause, author, notes.get(version.pk)))
    return rows


@tab(PAGE, _("Versions"), order=60)
def all_versions(request: StaffRequest, policy: Policy) -> Sequence[Section]:
    """All versions, each leading to what it changed and to the contract on its first day."""
    rows = written(list(policy.versions.defer("terms").order_by("-number")[:SHOWN]))
    number, _effective, *rest = COLUMNS
    columns = [
        number,
        Column(_("Effective on"), lambda row: _to_its_day(policy, row.version)),
        Column(_("Differences"), lambda row: _what_changed(policy, row.version)),
        *rest,
    ]
    options = [(row.version.number, _titled(row.version)) for row in rows]
    if len(options) < 2:
        return [Table(columns, rows, _("All versions"))]
    pair = Pair(_address(policy), options, options[1][0], options[0][0], _("Compare two versions"))
    return [Table(columns, rows, _("All versions")), pair]


def _to_its_day(policy: Policy, version: PolicyVersion) -> str:
    address = f"{page_of(policy, policy.pk)}?on={version.effective_on.isoformat()}"
    return format_html('<a href="{}">{}</a>', address, day(version.effective_on))


def _what_changed(policy: Policy, version: PolicyVersion) -> str:
    if version.number == 1:
        return ""
    address = _address(policy, version.number - 1, version.number)
    return format_html('<a href="{}">{}</a>', address, _now("to version {n}").format(n=version.number - 1))


def _titled(version: PolicyVersion) -> str:
    return _now("Version {n}, from {day}").format(n=version.number, day=day(version.effective_on))


def _address(policy: Policy, *numbers: int) -> str:
    name = "compare" if numbers else "versions"
    return reverse(f"admin:policies_policy_{name}", args=[policy.pk, *numbers])


def choose(page: "PolicyAdmin", request: StaffRequest, pk: int) -> HttpResponse:
    """The list of versions; or, where two are chosen, their comparison."""
    policy: Any = page.object_of(request, pk)
    chosen = [request.GET.get(name, "") for name in ("before", "after")]
    if all(number.isascii() and number.isdigit() and len(number) < 10 for number in chosen):
        return HttpResponseRedirect(_address(policy, *map(int, chosen)))
    return HttpResponseRedirect(f"{page_of(policy, policy.pk)}?tab={all_versions.__name__}")


def compare(page: "PolicyAdmin", request: StaffRequest, pk: int, before: int, after: int) -> HttpResponse:
    """Two versions beside each other: what differs, and the coverages that do not."""
    policy: Any = page.object_of(request, pk)
    found = {each.number: each for each in policy.versions.filter(number__in={before, after})}
    if {before, after} - set(found):
        raise NotFound(Refusal("not_found"))
    old, new = found[before], found[after]
    parts = presenting.side_by_side(from_json(old.terms), from_json(new.terms))
    sections = [
        Compared(_titled(old), _titled(new), parts, _("Differences")),
        Table(COLUMNS, written([old, new]), _("The two versions")),
        Link(_now("The other way round"), _address(policy, after, before)),
    ]
    context = {
        **page.frame(request, policy),
        "title": _now("{policy}: version {before} and version {after}").format(
            policy=policy.number, before=before, after=after
        ),
        "sections": sections,
    }
    return TemplateResponse(request, page.object_template, context)


PAGES = (("versions", "", choose), ("compare", "<int:before>/<int:after>/", compare))
