"""The page of a policy: its contract on any day, its versions beside each other, its story, how figures came about."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.template import Context, Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from apps.audit import services as audit
from apps.audit.services import Fact as EventFact
from apps.billing import events as billing_events
from apps.billing import services as billing
from apps.core.admin.deriving import _words, derivation
from apps.core.money import Trace
from apps.operations import services as operations
from apps.policies import bitemporal, rating, selectors
from apps.policies import services as policies
from apps.policies.admin import versions
from apps.policies.models import Policy, PolicyVersion
from apps.policies.terms import Beneficiary
from apps.products.rules import premium
from tests.conftest import TODAY
from tests.factories import a_branch, a_person, a_policy, a_receipt, a_user, as_user, the_system
from tests.policies.test_rating import PRODUCTS, a_contract, a_cover

pytestmark = pytest.mark.django_db
FIRST = date(2024, 3, 15)


@pytest.fixture
def browser() -> Client:
    operations.open_first_day(the_system(), TODAY)
    client = Client(headers={"accept-language": "en"})
    client.force_login(a_user("supervisor"), backend="apps.accounts.backends.AccountBackend")
    client.get("/admin/policies/policy/")  # the first request of a session writes it
    return client


@pytest.fixture
def policy() -> Policy:
    return a_policy(product="WHOLE01", effective_on=FIRST, premium="3000.00")


def revised(policy: Policy, on: date, **changed: object) -> Policy:
    terms = selectors.terms_on(policy.pk, on)
    policies.revise(the_system(), policies.lock(policy.pk), replace(terms, **changed), on)
    return Policy.objects.get(pk=policy.pk)


def raised(policy: Policy, on: date, amount: str) -> Policy:
    terms = selectors.terms_on(policy.pk, on)
    return revised(policy, on, coverages=(replace(terms.main, sum_assured=Decimal(amount)),))


def page(browser: Client, policy: Policy, query: str = "") -> str:
    answer = browser.get(f"/admin/policies/policy/{policy.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


class TestOnAnyDay:
    """Screen S6.3."""

    def test_the_contract_is_shown_as_it_stood_on_the_day_asked_for(self, browser, policy):
        raised(policy, date(2026, 6, 1), "250000.00")
        today, before = page(browser, policy), page(browser, policy, "?on=2026-05-31")
        assert "¥250,000.00" in today
        assert "as it stood on" not in today
        assert "as it stood on 31 May 2026, not today" in before
        contract = before[before.index("<h2>Contract</h2>") :]
        assert "¥100,000.00" in contract
        assert "¥250,000.00" not in contract

    def test_at_every_cut_the_page_shows_what_the_selector_reads(self, browser, policy):
        for month, amount in ((6, "250000.00"), (7, "260000.00"), (5, "240000.00")):
            raised(policy, date(2026, month, 1), amount)
        for cut in bitemporal.span_of(policy, TODAY).cuts:
            for on in (cut, cut + timedelta(days=1)):
                version, terms = selectors.version_on(policy.pk, on)
                facts = browser.get(f"/admin/policies/policy/{policy.pk}/?on={on}").context["sections"][1].facts
                with override("en"):
                    told = {str(fact.label).capitalize(): fact.value for fact in facts}
                assert told["Version"] == version.number
                assert told["Sum assured"] == f"¥{terms.sum_assured:,.2f}"

    def test_what_was_known_on_a_day_is_told_with_the_day(self, browser, policy):
        known = bitemporal.span_of(policy, TODAY).since
        PolicyVersion.objects.create(
            policy=policy,
            number=9,
            effective_on=FIRST,
            recorded_at=policy.versions.get().recorded_at + timedelta(days=30),
            terms={**policy.versions.get().terms, "frequency": "monthly"},
        )
        told = page(browser, policy, f"?on=2026-01-01&known={known}")
        assert "as it stood on 1 Jan 2026, as it was known on" in told
        assert "Annually" in told[told.index("<h2>Contract</h2>") :]

    @pytest.mark.parametrize("query", ["?on=rubbish", "?on=2026-99-99", "?known=%00", "?on=99999999", "?known=²"])
    def test_what_is_no_day_is_said_to_be_none(self, browser, policy, query):
        told = page(browser, policy, query)
        assert "That is not a day." in told
        assert "<h2>Contract</h2>" not in told

    @pytest.mark.parametrize("query", ["?on=1999-01-01", "?on=9999-12-31", "?known=1999-01-01", "?known=9999-12-31"])
    def test_a_day_beyond_the_contract_is_refused_with_the_days_that_can_be_shown(self, browser, policy, query):
        told = page(browser, policy, query)
        assert "cannot be shown: only days from" in told
        assert "<h2>Contract</h2>" not in told

    def test_the_slider_spans_the_contract_and_marks_its_changes(self, browser, policy):
        raised(policy, date(2026, 6, 1), "250000.00")
        told = page(browser, policy, "?on=2026-06-01")
        days = (date(2026, 6, 1) - FIRST).days
        assert re.search(rf'type="range" min="0" max="{(TODAY - FIRST).days}" value="{days}"', told)
        assert f'<option value="{days}">' in told
        assert "<script>" not in told


class TestVersions:
    """Screen S7."""

    @pytest.mark.django_db(transaction=True)
    def test_each_version_says_who_wrote_it_and_why(self, browser, policy):
        with transaction.atomic():
            locked = policies.lock(policy.pk)
            policies.revise(the_system(), locked, selectors.terms_on(policy.pk, TODAY), TODAY)
            policies.place_hold(
                as_user(a_user("policy_clerk")), policy_id=policy.pk, kind="pledge", reason="To a bank."
            )
        second, first = versions.written(list(policy.versions.order_by("-number")))
        assert first.cause.name == "policy.issued"
        assert "To a bank." in second.why
        assert second.author.startswith("User")
        assert "To a bank." in page(browser, policy, "?tab=all_versions")

    def test_what_a_version_was_written_for_is_put_beside_it(self, browser, policy, monkeypatch):
        monkeypatch.setattr(versions, "_notes", [])

        @versions.version_notes
        def slips(asked):
            return {each.pk: versions.VersionNote("批2026000012", "/somewhere/") for each in asked}

        assert '<a href="/somewhere/">批2026000012</a>' in page(browser, policy, "?tab=all_versions")

    def test_any_two_are_shown_beside_each_other_by_sign_and_word(self, browser, policy):
        raised(policy, date(2026, 6, 1), "250000.00")
        revised(policy, date(2026, 7, 1), beneficiaries=(Beneficiary(a_person("王小明").pk, Decimal(1)),))
        told = page(browser, policy, "versions/1/3/")
        assert "<del>¥100,000.00</del>" in told
        assert "<ins>¥250,000.00</ins>" in told
        assert re.search(r'class="change changed"><span aria-hidden="true">≠</span> Changed', told)
        assert re.search(r'class="change added"><span aria-hidden="true">\+</span> Added', told)
        assert "王*" in told
        assert "王小明" not in told

    def test_the_form_leads_to_the_address_of_the_two(self, browser, policy):
        raised(policy, date(2026, 6, 1), "250000.00")
        base = f"/admin/policies/policy/{policy.pk}/versions/"
        assert browser.get(f"{base}?before=1&after=2").url == f"{base}1/2/"
        assert browser.get(base).url.endswith("?tab=all_versions")
        assert browser.get(f"{base}?before=x&after=").url.endswith("?tab=all_versions")

    def test_a_version_that_is_none_is_not_found(self, browser, policy):
        assert browser.get(f"/admin/policies/policy/{policy.pk}/versions/1/7/").status_code == 404

    def test_versions_of_another_branch_are_out_of_sight(self, policy):
        operations.open_first_day(the_system(), TODAY)
        stranger = Client()
        far = a_user("policy_clerk", branch=a_branch("8631", parent=a_branch()))
        stranger.force_login(far, backend="apps.accounts.backends.AccountBackend")
        assert stranger.get(f"/admin/policies/policy/{policy.pk}/versions/1/1/").status_code == 404

    def test_sixty_versions_take_no_more_queries_than_two(self, browser, policy):
        def queries() -> int:
            with CaptureQueriesContext(connection) as counted:
                page(browser, policy, "?tab=all_versions")
            return len(counted)

        raised(policy, date(2026, 6, 1), "250000.00")
        queries()  # the first reads the product
        few = queries()
        for number in range(20):
            raised(policy, date(2026, 6, 2), f"{260_000 + number}.00")
        assert queries() == few <= 17


class TestTimeline:
    """Screen S6.2."""

    def test_five_hundred_events_are_paged_in_few_queries(self, browser, policy, django_assert_max_num_queries):
        facts = [
            EventFact(policy.pk, policy.pk, {"number": n, "amount": "1.00", "currency": "CNY", "due_on": "2026-01-01"})
            for n in range(10, 510)
        ]
        audit.record_many(the_system(), billing_events.PLANNED, facts)
        seen, query = [], "?tab=timeline&kind=money"
        with django_assert_max_num_queries(20):
            answer = browser.get(f"/admin/policies/policy/{policy.pk}/{query}")
        while query:
            section = browser.get(f"/admin/policies/policy/{policy.pk}/{query}").context["sections"][0]
            seen += [str(entry.sentence) for entry in section.entries]
            query = section.older
        assert answer.status_code == 200
        assert len(seen) == len(set(seen))
        assert sum("of 1.00 CNY" in sentence for sentence in seen) == 500

    def test_what_happened_leads_to_what_it_happened_to_for_those_who_may_read_it(self, browser, policy):
        billing.start_schedule(the_system(), [policy.pk])
        leads = f'href="/admin/billing/receipt/{a_receipt(policy, "10.00").receipt.pk}/"'
        assert leads in page(browser, policy, "?tab=timeline")
        clerk = a_user("endorsement_clerk")
        assert not clerk.has_perm("receipt_read.R")
        browser.force_login(clerk, backend="apps.accounts.backends.AccountBackend")
        assert leads not in page(browser, policy, "?tab=timeline")

    @pytest.mark.parametrize("kind", ["state", "money", "message", "change", "endorsements", "documents"])
    def test_each_kind_has_its_chip(self, browser, policy, kind):
        told = page(browser, policy, f"?tab=timeline&kind={kind}")
        assert re.search(rf'kind={kind}" aria-current="true"', told)


class TestFigures:
    """Screen S6.1 and S6.5."""

    def facts(self, browser: Client, policy: Policy) -> dict:
        answer = browser.get(f"/admin/policies/policy/{policy.pk}/")
        with override("en"):
            return {str(fact.label): fact for fact in answer.context["highlights"]}

    def test_the_cash_value_stands_with_its_day_and_its_derivation(self, browser, policy):
        fact = self.facts(browser, policy)["Cash value"]
        values = bitemporal.cash_values_on(policy, selectors.terms_on(policy.pk, TODAY), TODAY)
        assert fact.value == f"¥{values['C1'].amount:,.2f}"
        assert [trace for _label, trace in fact.derived] == [values["C1"].trace]
        told = page(browser, policy)
        assert "How it is worked out" in told
        assert "WHOLE01 v1" in told

    def test_a_product_without_values_shows_none(self, browser):
        fact = self.facts(browser, a_policy())["Cash value"]
        assert (fact.value, fact.derived) == ("", ())

    def test_a_contract_that_is_over_has_no_value(self, browser, policy):
        policies.terminate(the_system(), {policy.pk: TODAY}, code="03")
        assert self.facts(browser, Policy.objects.get(pk=policy.pk))["Cash value"].value == ""

    def test_facts_no_table_knows_are_told_instead_of_a_fault(self, browser, policy):
        life = selectors.terms_on(policy.pk, TODAY).lives[0]
        revised(policy, FIRST, lives=(replace(life, born_on=date(1900, 1, 1)),))
        fact = self.facts(browser, policy)["Cash value"]
        assert fact.value == ""
        assert fact.hint

    def test_the_next_premium_is_due_on_the_day_the_policy_is_paid_to(self, browser, policy):
        assert str(self.facts(browser, policy)["Premium"].hint) == f"Annually · next due {policy.paid_to:%-d %b %Y}"


class TestDerivations:
    def test_every_input_and_rule_of_a_price_has_words(self):
        for code in ("WHOLE01", "TERM01", "MED01"):
            cover = a_cover(code, policy_term=str(PRODUCTS[code].coverages[0].plans[0].policy_term))
            cover = replace(cover, payment_term=str(PRODUCTS[code].coverages[0].plans[0].payment_term))
            terms = a_contract(cover)
            traces = [premium(PRODUCTS[code], rating.facts_of(terms, cover, PRODUCTS[code])).trace]
            traces += [each.trace for each in rating.cash_values(terms, {"C1": PRODUCTS[code]}, FIRST).values()]
            for trace in traces:
                assert {trace.rule, *trace.inputs} <= set(_words)

    def test_a_trace_and_its_json_read_alike(self):
        trace = Trace(
            "cash value §4.3", Decimal("23571.64"), {"valued_at": FIRST, "days_passed": 170, "odd_name": "C1"}
        )
        with override("en"):
            told = derivation(trace)
            assert told == derivation(trace.as_json())
            assert told.result == "23,571.64"
            assert [(str(name), value) for name, value in told.inputs] == [
                ("Valued on", "15 Mar 2024"),
                ("Days passed", "170"),
                ("odd name", "C1"),
            ]

    def test_a_template_shows_one(self):
        shown = Template('{% load staff %}{% trace value "C1" %}').render(
            Context({"value": Trace("premium §4.1", Decimal("8600.00"), {"rate": Decimal("8.6")})})
        )
        assert "8,600.00" in shown
        assert "C1 · " in shown
