"""Every kind of change against the tests its row of the catalogue turns into (ET-01 …): one without facts is refused.

An item cannot be added without its row in ``tests/data/endorsements.yaml`` and an example change here.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils import translation

from apps.accounts.matrix import matrix
from apps.core.dates import add_years
from apps.deadlines.clocks import duties
from apps.documents.states import DocumentKind
from apps.endorsements import guards, models
from apps.endorsements import services as endorsements
from apps.endorsements.base import TYPES, EndorsementType, Moment
from apps.endorsements.guards import Open
from apps.endorsements.situation import Period, Person, Situation
from apps.endorsements.states import EndorsementStatus, Mode, Mutex, Review, Signer
from apps.policies.rules import check_terms
from apps.policies.states import HoldKind, PolicyStatus
from apps.policies.terms import Beneficiary, Coverage, Life, Terms
from apps.products.states import WindowAnchor
from apps.products.terms import ItemTerms, ItemWindow
from tests.products.samples import shipped_terms

ROWS = yaml.safe_load((Path(__file__).parents[1] / "data" / "endorsements.yaml").read_text(encoding="utf-8"))
WHOLE = shipped_terms()["WHOLE01"]
BEGAN, TODAY = date(2023, 12, 5), date(2026, 11, 22)
HOLDER, INSURED, CHILD, ACCOUNT = 1, 2, 3, 7

EXAMPLES: dict[str, Callable[[type], Any]] = {
    "CONTACT_CHANGE": lambda change: change(HOLDER, "mobile", 5),
    "BENEFICIARY_CHANGE": lambda change: change((Beneficiary(CHILD, Decimal(1), 1, "03"),)),
    "PAYMENT_ACCOUNT_CHANGE": lambda change: change(ACCOUNT),
    "PREMIUM_FREQUENCY_CHANGE": lambda change: change("monthly"),
    "SUM_ASSURED_INCREASE": lambda change: change(Decimal(500000), layer=2, more=Decimal(300000)),
    "SUM_ASSURED_DECREASE": lambda change: change(Decimal(100000)),
    "KEY_DATA_CORRECTION": lambda change: change(INSURED, date(1980, 1, 1), "2"),
    "SURRENDER": lambda change: change(loss_understood=True),
    "ENDORSEMENT_REVERSAL": lambda change: change(item=1),
}
"""For each item a change that stands on the contract below."""

OTHERWISE = {
    ("ENDORSEMENT_REVERSAL", "mode"): "it voids a change; it corrects none",
    ("ENDORSEMENT_REVERSAL", "reversible"): "an undoing is not undone: the change is entered again",
}
"""Where a type says something else than its row, and why."""

REVIEWS = {
    "always": Review.ALWAYS,
    "only when back-dated": Review.BACK_DATED,
    "when the amount reaches the configured limit, or when back-dated": Review.ABOVE_LIMIT,
}

kinds = pytest.mark.parametrize("kind", list(TYPES), ids=TYPES.names())


def contract(**facts: Any) -> Terms:
    cover = Coverage(
        "C1", "WHOLE01", 1, "O", "20Y", Decimal(200000), Decimal("3000.00"), BEGAN, None, add_years(BEGAN, 20)
    )
    lives = (Life(INSURED, date(1986, 5, 17), "2"),)
    return replace(Terms(HOLDER, lives, (cover,), "annual", "CNY", BEGAN, payment_account=8), **facts)


def situation(product=WHOLE, **facts: Any) -> Situation:
    """A contract in force, paid to a fortnight from today, on which every item may be asked for."""
    known = {
        "policy_id": 1,
        "status": "IN_FORCE",
        "premium_status": "PAYING",
        "terms": contract(),
        "today": TODAY,
        "received_on": TODAY,
        "began": date(2024, 12, 5),
        "products": lambda code, number: product,
        "paid_to": date(2026, 12, 5),
        "charged": (Period(date(2025, 12, 5), date(2026, 12, 5), Decimal("3000.00"), True),),
        "people": {each: Person(date(1986, 5, 17)) for each in (HOLDER, INSURED)},
        "accounts": {ACCOUNT: HOLDER, 8: HOLDER},
    }
    return Situation(**{**known, **facts})


def codes(refusals: Iterable[Any]) -> list[str]:
    return [each.code for each in refusals]


def blockers(kind: EndorsementType, at: Situation, on: date = TODAY) -> list[str]:
    return codes(guards.blockers(kind, at, on))


def example(kind: EndorsementType) -> Any:
    return EXAMPLES[kind.code](kind.Change)


def windowed(kind: EndorsementType, **window: Any):
    """The product with this window for the item."""
    items = {**WHOLE.endorsement_items, kind.code: ItemTerms(window=ItemWindow(**window))}
    return replace(WHOLE, endorsement_items=items)


# --- facts ------------------------------------------------------------------------------------------------------------


def test_every_item_has_its_row_and_an_example():
    assert set(TYPES.names()) == set(ROWS) == set(EXAMPLES)


@kinds
def test_the_facts_of_an_item_are_those_of_its_row(kind):
    row = ROWS[kind.code]
    said = {
        "effective": str(kind.effective),
        "mutex": str(kind.mutex),
        "mode": str(kind.mode),
        "reversible": str(kind.reversible),
        "clock": list(kind.clocks),
        "basis": list(kind.basis),
    }
    differing = {name for name, value in said.items() if value != row[name]}
    assert differing == {name for code, name in OTHERWISE if code == kind.code}
    assert set(row["materials"]) <= set(kind.materials)
    if row["second_review"] in REVIEWS:
        assert kind.review == REVIEWS[row["second_review"]]
    assert {signer.value for wanted in kind.signers for signer in wanted} <= set(row["signers"])
    assert (row["underwriting"] == "yes") <= kind.underwritten


def test_every_item_has_a_name_and_a_sentence_of_its_own():
    """That each has its Chinese is asked of the whole catalogue of texts (``test_texts``)."""
    with translation.override("en"):
        told = [(str(kind.label), str(kind.summary)) for kind in TYPES]
    assert len({label for label, _summary in told}) == len({summary for _label, summary in told}) == len(TYPES)


@kinds
def test_an_item_is_told_by_what_the_rest_of_the_house_knows(kind):
    assert set(kind.materials) <= set(DocumentKind.values)
    assert kind.permission in matrix().actions
    assert set(kind.clocks) <= {clock.code for clock in duties()} | {"RESCIND_KNOWN"}
    assert set(kind.blocking) <= set(HoldKind.values)
    assert set(kind.statuses) <= set(PolicyStatus.values)
    assert kind.internal or kind.code in WHOLE.endorsement_items


@kinds
def test_an_example_stands_on_the_contract(kind):
    """Its check finds nothing, it is applied without fault, the same twice, and touches no more than its copy."""
    at, change = situation(), example(kind)
    assert codes(kind.check(change, at)) == []
    moment = Moment(TODAY, at.products)
    after = kind.apply(at.terms, change, moment)
    assert after == kind.apply(at.terms, change, moment)
    assert list(check_terms(after)) == []
    assert at.terms == contract()


# --- ET-01 to ET-08 ---------------------------------------------------------------------------------------------------


@kinds
def test_et_01_a_status_bars_what_it_does_not_allow(kind):
    for status in PolicyStatus.values:
        found = blockers(kind, situation(status=status))
        assert ("status_not_allowed" in found) == (status not in kind.statuses), status
    [suspended] = [
        each for each in guards.blockers(kind, situation(status="VOID"), TODAY) if each.code == "status_not_allowed"
    ]
    assert suspended.params["remedy"] == ""
    assert str(suspended) != suspended.code


@kinds
def test_et_01_a_suspended_policy_is_reinstated_first(kind):
    found = list(guards.blockers(kind, situation(status="SUSPENDED"), TODAY))
    if "SUSPENDED" not in kind.statuses:
        assert found[0].params["remedy"] == "REINSTATEMENT"


@kinds
@pytest.mark.parametrize("began", [date(2023, 12, 5), date(2024, 2, 29), date(2023, 1, 31), date(2023, 12, 31)])
def test_et_02_both_edges_of_a_window_count(kind, began):
    product = windowed(kind, anchor=WindowAnchor.ANNIVERSARY, from_day=-30, to_day=30)
    at = situation(product, terms=contract(effective_on=began))
    for years in (1, 2, 4):
        day = add_years(began, years)
        inside = [day - timedelta(days=30), day, day + timedelta(days=30)]
        outside = [day - timedelta(days=31), day + timedelta(days=31)]
        assert [guards.in_window(kind.code, at, each) for each in inside] == [True] * 3
        assert [guards.in_window(kind.code, at, each) for each in outside] == [False] * 2
        assert "outside_window" in blockers(kind, at, outside[0])
        assert "outside_window" not in blockers(kind, at, inside[0])


@kinds
def test_et_02_a_window_may_be_open_to_one_side(kind):
    at = situation(windowed(kind, anchor=WindowAnchor.START, from_day=365))
    assert not guards.in_window(kind.code, at, BEGAN + timedelta(days=364))
    assert guards.in_window(kind.code, at, BEGAN + timedelta(days=365))
    assert guards.in_window(kind.code, at, date(2060, 1, 1))


@kinds
def test_et_03_a_debit_in_flight_bars_what_depends_on_money(kind):
    assert ("debit_in_flight" in blockers(kind, situation(in_flight=True))) == kind.not_in_flight
    assert blockers(kind, situation()) == []


@kinds
def test_et_04_every_hold_in_scope_bars_and_lifting_one_lifts_no_other(kind):
    every = frozenset(HoldKind.values)
    held = [each.params["hold"] for each in guards.blockers(kind, situation(holds=every), TODAY) if each.code == "held"]
    assert held == sorted(kind.blocking)
    for hold in kind.blocking:
        left = guards.blockers(kind, situation(holds=every - {hold}), TODAY)
        assert [each.params["hold"] for each in left if each.code == "held"] == sorted({*kind.blocking} - {hold})


@kinds
def test_et_06_who_signs_needs_a_valid_identity_document(kind):
    expired = Person(date(1986, 5, 17), id_valid_to=TODAY - timedelta(days=1))
    last_day = Person(date(1986, 5, 17), id_valid_to=TODAY)
    for signer, party in ((Signer.HOLDER, HOLDER), (Signer.INSURED, INSURED)):
        people = situation().people
        [refusal] = guards.papers_of_persons(situation(people={**people, party: expired}), [signer])
        assert (refusal.code, refusal.params["remedy"]) == ("id_expired", "ID_DOCUMENT_RENEWAL")
        assert list(guards.papers_of_persons(situation(people={**people, party: last_day}), [signer])) == []


@kinds
def test_et_07_a_minor_is_signed_for_by_his_guardian(kind):
    child = Person(add_years(TODAY, -18) + timedelta(days=1))
    grown = Person(add_years(TODAY, -18))
    minor = situation(people={HOLDER: Person(date(1986, 5, 17)), INSURED: child})
    adult = situation(people={HOLDER: Person(date(1986, 5, 17)), INSURED: grown})
    insured_signs = all(Signer.INSURED in wanted for wanted in kind.signers)
    everybody = [Signer.HOLDER, Signer.INSURED, Signer.COMPANY]
    lacking = codes(guards.signers_missing(kind, minor, everybody))
    assert lacking == (["minor_without_guardian"] if insured_signs else [])
    assert codes(guards.signers_missing(kind, minor, [*everybody, Signer.GUARDIAN])) == []
    assert codes(guards.signers_missing(kind, adult, everybody)) == []


@kinds
def test_et_08_premium_in_arrears_is_paid_first(kind):
    found = [each for each in guards.blockers(kind, situation(arrears=True), TODAY) if each.code == "arrears_open"]
    assert [each.params["remedy"] for each in found] == ["RENEWAL_PREMIUM_PAYMENT"] * kind.no_arrears


# --- ET-09, ET-15 to ET-17 --------------------------------------------------------------------------------------------


EFFECTIVE = {
    "at_once": date(2026, 11, 20),
    "acceptance": date(2026, 11, 23),
    "approval_next_day": date(2026, 11, 26),
    "paid_next_day": date(2026, 11, 26),
    "next_due": date(2026, 12, 5),
    "contract_start": BEGAN,
    "scheduled": date(2026, 11, 26),
    "event_date": date(2026, 11, 20),
}


@kinds
def test_et_09_the_effective_day_follows_from_the_rule_of_the_item(kind):
    at = situation(received_on=date(2026, 11, 20))
    asked = {"accepted_on": date(2026, 11, 23), "settled_on": date(2026, 11, 25)}
    assert kind.effective_on(example(kind), at, **asked) == EFFECTIVE[kind.effective]


def test_et_09_a_longer_period_begins_where_premium_is_due_both_ways():
    kind = TYPES["PREMIUM_FREQUENCY_CHANGE"]
    monthly = situation(terms=contract(frequency="monthly"), paid_to=date(2026, 10, 5))
    asked = {"accepted_on": TODAY, "settled_on": TODAY}
    days = {
        each: kind.effective_on(kind.Change(each), monthly, **asked) for each in ("annual", "semi_annual", "quarterly")
    }
    assert days == {
        "annual": date(2026, 12, 5),
        "semi_annual": date(2026, 12, 5),
        "quarterly": date(2026, 12, 5),
    }
    early = replace(monthly, paid_to=date(2026, 1, 5))
    assert kind.effective_on(kind.Change("quarterly"), early, **asked) == date(2026, 3, 5)
    assert kind.effective_on(kind.Change("semi_annual"), early, **asked) == date(2026, 6, 5)


@kinds
def test_et_15_each_missing_signer_is_named(kind):
    at = situation()
    for wanted in kind.signers:
        assert codes(guards.signers_missing(kind, at, wanted)) == []
    for refusal in guards.signers_missing(kind, at, []):
        assert refusal.code == "consent_missing"
        assert refusal.params["signer"] in {s for w in kind.signers for s in w}
    if kind.signers == (frozenset({Signer.HOLDER, Signer.INSURED}),):
        [missing] = guards.signers_missing(kind, at, [Signer.HOLDER])
        assert missing.params["signer"] == Signer.INSURED


@kinds
def test_et_15_the_holder_who_is_insured_signs_once(kind):
    at = situation(terms=contract(holder=INSURED))
    given = [Signer.COMPANY] if Signer.COMPANY in kind.signers[0] else [Signer.HOLDER]
    assert codes(guards.signers_missing(kind, at, given)) == []


@kinds
def test_et_16_a_product_may_forbid_an_item(kind):
    items = {code: item for code, item in WHOLE.endorsement_items.items() if code != kind.code}
    found = blockers(kind, situation(replace(WHOLE, endorsement_items=items)))
    assert found == ([] if kind.internal else ["product_not_allowed"])


@kinds
def test_et_17_one_open_item_of_a_class(kind):
    for mutex in Mutex:
        found = codes(guards.conflicts(kind, [Open("E1", "OTHER", mutex)]))
        assert found == (["conflicting_case"] if mutex == kind.mutex != Mutex.NONE else [])


def test_items_that_exclude_each_other_do_not_stand_in_one_case():
    assert codes(guards.together(["SURRENDER", "SURRENDER"])) == ["item_twice"]
    assert codes(guards.together(["PREMIUM_FREQUENCY_CHANGE", "POLICYHOLDER_CHANGE"])) == ["not_in_same_batch"]
    assert codes(guards.together(TYPES.names())) == []


@kinds
def test_only_a_correction_reaches_back_and_only_an_undoing_voids(kind):
    voids = kind.voids(example(kind)) is not None
    assert voids == (kind.mode == Mode.VOID)
    assert (kind.effective == "contract_start") == (kind.mode == Mode.CORRECTION)


def test_every_state_of_a_case_is_open_or_ended():
    ended = {"EFFECTIVE", "PAYOUT", "CLOSED", "REVERSED", "REJECTED", "WITHDRAWN", "EXPIRED"}
    assert {*models.OPEN} == {*EndorsementStatus.values} - ended
    assert endorsements.withdraw.__doc__
