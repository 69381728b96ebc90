"""The tabs and cards of a policy's page: what the contract says, who is in it, on which day, and what happened."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.dateparse import parse_date
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
    frequency,
    link,
    money,
    rail,
    tab,
)
from apps.core.admin.pages import AsOf, Section
from apps.core.errors import NotFound
from apps.parties import presentation
from apps.parties import selectors as parties
from apps.policies import selectors
from apps.policies.models import Hold, Policy, PolicyRole
from apps.policies.terms import Terms
from apps.products import selectors as products

PAGE = "policies.policy"
PAGE_OF_TIMELINE = 60
KINDS = (("state", _("State")), ("money", _("Money")), ("message", _("Messages")), ("change", _("Changes")))


@tab(PAGE, _("Overview"), order=10)
def overview(request: StaffRequest, policy: Policy) -> Sequence[Section]:
    contract = [
        Fact(_("Effective on"), day(policy.effective_on)),
        Fact(_("Ends on"), day(policy.ends_on) if policy.ends_on else _("For life")),
        Fact(_("Premium ends on"), day(policy.premium_ends_on)),
        Fact(_("Frequency"), frequency(policy.frequency)),
        Fact(_("Currency"), policy.currency),
        Fact(_("Branch"), link(policy.branch)),
    ]
    dated = [
        Fact(_("Taken over on"), policy.cutover_on),
        Fact(_("Suspended on"), policy.suspended_on),
        Fact(_("Ended on"), policy.terminated_on),
        Fact(_("Reason of the end"), policy.get_termination_code_display() if policy.termination_code else ""),
    ]
    coverages = selectors.coverages_now(policy, request.ctx.business_date)
    return [
        Facts([*contract, *(fact for fact in dated if fact.value)], _("Contract")),
        Table(_coverage_columns(policy.currency), coverages, _("Coverages")),
    ]


def _coverage_columns(currency: str) -> list[Column]:
    """Of a main cover and its riders alike."""
    names = products.names()
    return [
        Column(_("Code"), "code"),
        Column(_("Product"), lambda row: f"{names[row.product]} {row.product}"),
        Column(_("Sum assured"), lambda row: money(row.sum_assured, currency), numeric=True),
        Column(_("Premium"), lambda row: money(row.premium, currency), numeric=True),
    ]


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


@tab(PAGE, _("Versions"), order=60)
def versions(request: StaffRequest, policy: Policy) -> Sequence[Section]:
    """The contract on any day (screen S6.3): a day is asked for, its Terms are shown, with a banner when not today."""
    today = request.ctx.business_date
    asked = parse_date_or_none(request.GET.get("on", "")) or today
    columns = [
        Column(_("Version"), "number", numeric=True),
        Column(_("Effective on"), "effective_on"),
        Column(_("Recorded at"), "recorded_at"),
    ]
    written = policy.versions.defer("terms").order_by("-number")
    return [AsOf(asked, today), *_terms_on(policy, asked), Table(columns, written, _("All versions"))]


def parse_date_or_none(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _terms_on(policy: Policy, on: date) -> list[Section]:
    try:
        terms = selectors.terms_on(policy.pk, on)
    except NotFound:
        return [Note(_("The contract had not begun on that day."), "warn")]
    names = _named(terms)
    facts = [
        Fact(_("Policyholder"), names[terms.holder]),
        Fact(_("Effective on"), day(terms.effective_on)),
        Fact(_("Frequency"), frequency(terms.frequency)),
        Fact(_("Premium"), money(terms.premium, terms.currency)),
    ]
    return [Facts(facts, _("Terms on this day")), *_parts_of(terms, names)]


def _parts_of(terms: Terms, names: dict[int, str]) -> list[Section]:
    lives = [
        Column(_("Insured"), lambda life: names[life.party]),
        Column(_("Born on"), "born_on"),
        Column(_("Occupation class"), "occupation_class"),
    ]
    heirs = [
        Column(_("Beneficiary"), lambda row: names[row.party]),
        Column(_("Benefit order"), "benefit_order"),
        Column(_("Share"), lambda row: f"{row.share:.2%}"),
    ]
    return [
        Table([*_coverage_columns(terms.currency), Column(_("Ends on"), "ends_on")], terms.coverages, _("Coverages")),
        Table(lives, terms.lives, _("Insured")),
        Table(heirs, terms.beneficiaries, _("Beneficiaries"), empty=_("The heirs at law are the beneficiaries.")),
    ]


def _named(terms: Terms) -> dict[int, str]:
    ids = {terms.holder, *(life.party for life in terms.lives), *(row.party for row in terms.beneficiaries)}
    return parties.masked_names(ids)


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
    kinds = [kind] if kind in dict(KINDS) else None
    before = request.GET.get("before", "")
    cut = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    rows = trail.of_policy(policy.pk, kinds=kinds, limit=PAGE_OF_TIMELINE, before=cut)
    names = accounts.names_of(row.actor for row in rows)
    choices = [("?tab=timeline", _("All"), kinds is None)]
    choices += [(f"?tab=timeline&kind={code}", label, code == kind) for code, label in KINDS]
    older = f"?tab=timeline&kind={kind if kinds else ''}&before={rows[-1].id}" if len(rows) == PAGE_OF_TIMELINE else ""
    return [Timeline([_entry(row, names) for row in rows], choices, older)]


def _entry(row: trail.TimelineRow, names: dict[str, str]) -> Entry:
    actor = names.get(row.actor) or (_now("automatic") if row.actor.startswith("job:") else row.actor)
    return Entry(
        at=row.recorded_at,
        sentence=row.sentence,
        kind=row.kind,
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
