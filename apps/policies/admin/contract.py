"""What the contract says: on any day, as known on any day, with a slider over its whole life (screen S6.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.admin import (
    AsOf,
    Column,
    Fact,
    Facts,
    Note,
    StaffRequest,
    Table,
    day,
    frequency,
    in_wan,
    link,
    money,
    tab,
)
from apps.core.admin.pages import Section, Text
from apps.core.errors import BusinessError, NotFound
from apps.parties import selectors as parties
from apps.parties.states import RelationshipCode
from apps.policies import bitemporal
from apps.policies.bitemporal import Span
from apps.policies.models import Policy
from apps.policies.states import PolicyStatus
from apps.policies.terms import Beneficiary, Terms
from apps.products import selectors as products

PAGE = "policies.policy"
OVER = (PolicyStatus.TERMINATED, PolicyStatus.VOID)


@dataclass(frozen=True)
class Asked:
    """The day asked for and the day whose knowledge counts; ``wrong`` are the reasons why one cannot be shown."""

    on: date
    known: date | None
    wrong: tuple[Text, ...] = ()


@tab(PAGE, _("Overview"), order=10)
def overview(request: StaffRequest, policy: Policy) -> Sequence[Section]:
    today = request.ctx.business_date
    span = bitemporal.span_of(policy, today)
    asked = read(request, span)
    slider = AsOf(asked.on, today, span.first, span.last, asked.known, span.cuts, asked.wrong)
    return [slider] if asked.wrong else [slider, *_contract(policy, asked, slider.usual)]


def read(request: StaffRequest, span: Span) -> Asked:
    """The days in the address: today, or the first day of a contract still to begin, where none is given."""
    today = request.ctx.business_date
    latest = max(today, clock.office_now().date())
    on, wrong_on = _day(request.GET.get("on", ""), span.first, span.last)
    known, wrong_known = _day(request.GET.get("known", ""), span.since, latest)
    return Asked(on or max(today, span.first), known, (*wrong_on, *wrong_known))


def _day(text: str, first: date, last: date) -> tuple[date | None, tuple[Text, ...]]:
    if not text:
        return None, ()
    try:
        asked = parse_date(text)
    except ValueError:
        asked = None
    if asked is None:
        return None, (_now("That is not a day. A day is written like 2026-11-22."),)
    if not first <= asked <= last:
        told = _now("{day} cannot be shown: only days from {first} to {last} can.")
        return None, (told.format(day=day(asked), first=day(first), last=day(last)),)
    return asked, ()


def _contract(policy: Policy, asked: Asked, usual: bool) -> list[Section]:
    try:
        version, terms = bitemporal.contract_on(policy.pk, asked.on, asked.known)
    except NotFound:
        return [Note(_("On that day nothing was known of the contract for the day asked for."), "warn")]
    names = _named(terms)
    facts = [
        Fact(_("Version"), version.number, _now("holds from {day}").format(day=day(version.effective_on))),
        Fact(_("Effective on"), day(terms.effective_on)),
        Fact(_("Ends on"), day(terms.main.ends_on) if terms.main.ends_on else _("For life")),
        Fact(_("Policyholder"), names[terms.holder]),
        Fact(_("Sum assured"), money(terms.sum_assured, terms.currency), in_wan(terms.sum_assured)),
        Fact(_("Premium"), money(terms.premium, terms.currency), frequency(terms.frequency)),
        Fact(_("Premium ends on"), day(terms.main.premium_ends_on)),
        *_account(terms),
    ]
    own = _own(policy) if usual else []
    return [Facts([*facts, *own], _("Contract")), *_parts(policy, terms, asked.on, names)]


def _own(policy: Policy) -> list[Fact]:
    """What the policy is now, apart from its terms."""
    dated = [
        Fact(_("Taken over on"), policy.cutover_on),
        Fact(_("Suspended on"), policy.suspended_on),
        Fact(_("Ended on"), policy.terminated_on),
        Fact(_("Reason of the end"), policy.get_termination_code_display() if policy.termination_code else ""),
    ]
    return [Fact(_("Branch"), link(policy.branch)), *(fact for fact in dated if fact.value)]


def _account(terms: Terms) -> list[Fact]:
    if terms.payment_account is None:
        return []
    return [Fact(_("Payment account"), parties.account_labels([terms.payment_account]).get(terms.payment_account))]


def _parts(policy: Policy, terms: Terms, on: date, names: dict[int, str]) -> list[Section]:
    called = _products(policy, terms)
    last = terms.main.ends_on  # what ends with the contract stays in sight
    standing = [each for each in terms.coverages if each.ends_on in (None, last) or each.ends_on > on]
    covers = [
        Column(_("Code"), "code"),
        Column(_("Product"), lambda row: f"{called.get(row.product, '')} {row.product}"),
        Column(_("Sum assured"), lambda row: money(row.sum_assured, terms.currency), numeric=True),
        Column(_("Premium"), lambda row: money(row.premium, terms.currency), numeric=True),
        Column(_("Since"), "effective_on"),
        Column(_("Ends on"), lambda row: row.ends_on or _("For life")),
    ]
    lives = [
        Column(_("Insured"), lambda life: names[life.party]),
        Column(_("Born on"), "born_on"),
        Column(_("Occupation class"), "occupation_class"),
    ]
    heirs = [
        Column(_("Beneficiary"), lambda row: names[row.party]),
        Column(_("Benefit order"), "benefit_order"),
        Column(_("Share"), lambda row: f"{row.share:.2%}"),
        Column(_("Relationship to the insured"), _relationship),
    ]
    return [
        Table(covers, standing, _("Coverages")),
        Table(lives, terms.lives, _("Insured")),
        Table(heirs, terms.beneficiaries, _("Beneficiaries"), empty=_("The heirs at law are the beneficiaries.")),
    ]


def _products(policy: Policy, terms: Terms) -> dict[str, str]:
    """What the products are called; the others are looked up only where there are any."""
    own = policy.product_version.product
    others = {each.product for each in terms.coverages} - {own.code}
    return products.names() if others else {own.code: products.name_of(own)}


def _relationship(row: Beneficiary) -> str:
    return str(RelationshipCode(row.relationship).label)


def _named(terms: Terms) -> dict[int, str]:
    ids = {terms.holder, *(life.party for life in terms.lives), *(row.party for row in terms.beneficiaries)}
    return parties.masked_names(ids)


def cash_value(policy: Policy, on: date) -> Fact:
    """现金价值 of the policy on a day, coverage by coverage; a dash where there is none (screen S6.1, S6.5)."""
    label = _("Cash value")
    if policy.status in OVER or on < policy.effective_on:
        return Fact(label, "")
    try:
        _version, terms = bitemporal.contract_on(policy.pk, on)
        values = bitemporal.cash_values_on(policy, terms, on)
    except BusinessError as error:
        return Fact(label, "", str(error))
    if not values:
        return Fact(label, "", _("no table of values"))
    total = sum((priced.amount for priced in values.values()), Decimal("0.00"))
    derived = [(code, priced.trace) for code, priced in values.items()]
    return Fact(label, money(total, terms.currency), _now("on {day}").format(day=day(on)), derived)
