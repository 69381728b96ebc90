"""Differences as people read them: names masked, money and dates as on every page, few queries."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest
from django.utils.translation import override

from apps.parties import services as parties
from apps.policies import presenting
from apps.policies.comparing import differences
from apps.policies.terms import Beneficiary, Coverage, Life, Terms
from tests.factories import a_person, some_terms, the_system

pytestmark = pytest.mark.django_db


def told(parts: tuple[presenting.Part, ...]) -> dict[str, list[tuple[str, str, str, str]]]:
    return {part.title: [(line.label, line.before, line.after, line.kind) for line in part.lines] for part in parts}


def of(before: Terms, after: Terms) -> dict[str, list[tuple[str, str, str, str]]]:
    return told(presenting.parts(differences(before, after), after.currency))


def test_every_fact_of_a_contract_has_a_name_and_reads_as_text():
    names = {each.name for kind in (Terms, Life, Coverage, Beneficiary) for each in fields(kind)}
    assert names - {"lives", "coverages", "beneficiaries"} <= set(presenting.LABELS)


def test_a_new_beneficiary_is_told_masked_with_his_share_and_order():
    terms, heir = some_terms(), a_person("王小明")
    after = replace(terms, beneficiaries=(Beneficiary(heir.pk, Decimal(1), 1, "01"),))
    with override("en"):
        assert of(terms, after) == {
            "Beneficiary 王* · Benefit order 1": [
                ("Share", "—", "100.00%", "added"),
                ("Relationship to the insured", "—", "Spouse", "added"),
            ]
        }
    with override("zh-hans"):
        [title] = of(terms, after)
        assert "王*" in title


def test_a_letter_may_tell_whole_names():
    terms, heir = some_terms(), a_person("王小明")
    after = replace(terms, beneficiaries=(Beneficiary(heir.pk, Decimal(1)),))
    [part] = presenting.parts(differences(terms, after), "CNY", names={heir.pk: "王小明"})
    assert "王小明" in part.title


def test_amounts_dates_and_codes_read_as_on_every_page():
    terms = some_terms(years=30)
    main = replace(terms.main, sum_assured=Decimal(120_000), ends_on=date(2055, 1, 31), policy_term="31Y")
    after = replace(terms, coverages=(main,), frequency="monthly", lives=(replace(terms.lives[0], sex="1"),))
    with override("en"):
        lines = {label: (old, new) for part in of(terms, after).values() for label, old, new, _kind in part}
    assert lines["Sum assured"] == ("¥100,000.00", "¥120,000.00")
    assert lines["Frequency"] == ("Annually", "Monthly")
    assert lines["Policy term"] == ("30 years", "31 years")
    assert lines["Ends on"] == ("15 Mar 2054", "31 Jan 2055")
    assert lines["Sex"] == ("Female", "Male")


def test_two_people_of_the_same_masked_name_stay_two():
    terms = some_terms()
    heirs = tuple(Beneficiary(a_person(name).pk, Decimal("0.5")) for name in ("王明", "王红"))
    parts = presenting.parts(differences(terms, replace(terms, beneficiaries=heirs)), "CNY")
    assert len(parts) == 2
    assert len({part.title for part in parts}) == 1


def test_what_stays_is_shown_beside_what_changes():
    terms = some_terms()
    rider = replace(terms.main, code="R1", premium=Decimal(200))
    before = replace(terms, coverages=(terms.main, rider))
    after = replace(before, coverages=(replace(terms.main, premium=Decimal(1500)), rider))
    with override("en"):
        parts = told(presenting.side_by_side(before, after))
    assert parts == {
        "Contract": [("Premium in all", "¥1,400.00", "¥1,700.00", "changed")],
        "Coverage C1": [("Premium", "¥1,200.00", "¥1,500.00", "changed")],
        "Coverage R1": [
            ("Sum assured", "¥100,000.00", "¥100,000.00", "unchanged"),
            ("Premium", "¥200.00", "¥200.00", "unchanged"),
        ],
    }


def test_no_loading_is_not_worth_a_line():
    terms = some_terms()
    layer = replace(terms.main, code="C1+2")
    [lines] = of(terms, replace(terms, coverages=(terms.main, layer))).values()
    assert not any("Loading" in label for label, *_ in lines)


def test_another_order_names_the_people():
    terms = some_terms()
    other = a_person("赵六")
    before = replace(terms, lives=(terms.lives[0], Life(other.pk, other.born_on, other.sex)))
    [[(_label, old, new, kind)]] = of(before, replace(before, lives=before.lives[::-1])).values()
    assert (old.split("; ")[::-1], kind) == (new.split("; "), "changed")
    assert "赵*" in old


def test_names_products_and_accounts_take_one_query_each(django_assert_max_num_queries):
    terms = some_terms()
    heirs = tuple(Beneficiary(a_person().pk, Decimal("0.25")) for _ in range(4))
    account = parties.add_bank_account(
        the_system(), party_id=terms.holder, bank="工商银行", number="6222021234567890128"
    )
    after = replace(terms, holder=a_person().pk, beneficiaries=heirs, payment_account=account.pk)
    with django_assert_max_num_queries(3):
        parts = presenting.side_by_side(terms, after)
    lines = [line for part in parts for line in part.lines]
    assert next(line for line in lines if line.path == "payment_account").after.startswith("工商银行 ")
    assert all("6222021234567890128" not in line.after for line in lines)
