"""The tabs and cards of a policy's page: what the contract says, who is in it, on which day, and what happened."""

from collections.abc import Sequence, Set
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.accounts import selectors as accounts
from apps.audit import timeline as trail
from apps.core.admin import (
    Column,
    Entry,
    Fact,
    Facts,
    Note,
    StaffRequest,
    Table,
    Timeline,
    badge,
    day,
    link,
    money,
    page_at,
    pages_open_to,
    rail,
    tab,
)
from apps.core.admin.pages import Section
from apps.parties import presentation
from apps.policies import selectors
from apps.policies.models import Hold, Policy, PolicyRole

PAGE = "policies.policy"
PAGE_OF_TIMELINE = 60
KINDS = {
    "state": _("State"),
    "money": _("Money"),
    "message": _("Messages"),
    "change": _("Changes"),
    "endorsements": _("Endorsements"),
    "documents": _("Papers"),
}


@tab(PAGE, _("People"), order=20, permission="customer_read.R")
def people(request: StaffRequest, policy: Policy) -> Sequence[Section]:
    columns = [
        Column(_("Role"), "get_role_display"),
        Column(_("Name"), lambda role: link(role.party, presentation.masked_name(role.party))),
        Column(_("Born on"), lambda role: role.party.born_on),
        Column(_("Benefit order"), "benefit_order"),
        Column(_("Share"), _share),
        Column(_("Since"), "from_date"),
    ]
    return [Table(columns, selectors.roles_now(policy.pk), empty=_("The heirs at law are the beneficiaries."))]


def _share(role: PolicyRole) -> str:
    return f"{role.share:.2%}" if role.share is not None else ""


@tab("parties.party", _("Policies"), order=20, permission="policy_read.R")
def policies_of(request: StaffRequest, party: Any) -> Sequence[Section]:
    """The policies in sight in which this person plays a part."""
    roles = PolicyRole.objects.filter(party=party, to_date=None, policy__in=selectors.visible_to(request.user))
    columns = [
        Column(_("Policy"), lambda role: link(role.policy)),
        Column(_("Role"), "get_role_display"),
        Column(_("State"), lambda role: badge(selectors.display_label(role.policy))),
        Column(_("Sum assured"), lambda role: money(role.policy.sum_assured, role.policy.currency), numeric=True),
        Column(_("Paid to"), lambda role: role.policy.paid_to),
    ]
    return [Table(columns, roles.select_related("policy").order_by("-policy", "role")[:PAGE_OF_TIMELINE])]


@tab(PAGE, _("Timeline"), order=90)
def timeline(request: StaffRequest, policy: Policy) -> Sequence[Section]:
    kind = request.GET.get("kind", "")
    kinds = [kind] if kind in KINDS else None
    before = request.GET.get("before", "")
    cut = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    rows = trail.of_policy(policy.pk, kinds=kinds, limit=PAGE_OF_TIMELINE, before=cut)
    names = accounts.names_of(row.actor for row in rows)
    choices = [("?tab=timeline", _("All"), kinds is None)]
    choices += [(f"?tab=timeline&kind={code}", label, code == kind) for code, label in KINDS.items()]
    older = f"?tab=timeline&kind={kind if kinds else ''}&before={rows[-1].id}" if len(rows) == PAGE_OF_TIMELINE else ""
    pages = pages_open_to(request.user) - {PAGE}
    return [Timeline([_entry(row, names, pages) for row in rows], choices, older)]


def _entry(row: trail.TimelineRow, names: dict[str, str], pages: Set[str]) -> Entry:
    actor = names.get(row.actor) or (_now("automatic") if row.actor.startswith("job:") else row.actor)
    return Entry(
        at=row.recorded_at,
        sentence=row.sentence,
        kind=row.kind,
        label=KINDS.get(row.kind, ""),
        href=page_at(row.subject_type, row.subject_id) if row.subject_type in pages else "",
        business_date=row.business_date,
        actor=actor,
        reason=row.reason,
        details=[(_("Event"), row.name), (_("Actor"), row.actor), (_("Request"), row.request_id), *row.payload.items()],
    )


@rail(PAGE, _("Holds"), order=10)
def holds(request: StaffRequest, policy: Policy) -> Sequence[Section]:
    placed = Hold.objects.filter(policy=policy, released_on=None).order_by("pk")
    facts = [Fact(badge(each.get_kind_display(), "warn"), each.reason, day(each.placed_on)) for each in placed]
    return [Facts(facts)] if facts else [Note(_("No hold on this policy."))]
