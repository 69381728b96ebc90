"""The global search, for every role, on objects of its own branch and of another (screen S4)."""

import re

import pytest
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as LawTestCase

from apps.accounts import permissions
from apps.accounts.matrix import matrix
from apps.audit.models import Access, Event
from apps.audit.states import AccessKind
from apps.billing.selectors import receipts_visible_to
from apps.core.admin.show import page_of
from apps.parties import selectors as parties
from apps.policies import selectors as policies
from tests import factories as make
from tests.contracts.world import CANARIES, CANARY_ID, CANARY_NAME, CANARY_PHONE, World, a_world

ROLES = sorted(matrix().roles)
MOST_QUERIES = 10
WHY = "customer_request"
TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")\w+')
NOTHING = "Nothing in your area fits."


def signed_in(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="apps.accounts.backends.AccountBackend")
    return client


@override_settings(ENABLED_ROLES=["cashier"])
class TestFinding(TestCase):
    world: World

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = a_world()
        cls.users = {role: make.a_user(role, branch=cls.world.branch, username=f"the.{role}") for role in ROLES}
        cls.clerk = cls.users["policy_clerk"]

    def find(self, user, text: str, purpose: str = "", place: str = "find"):
        return signed_in(user).post(reverse(f"admin:{place}"), {"find": text, "purpose": purpose})

    def text(self, user, text: str, **more: str) -> str:
        answer = self.find(user, text, **more)
        assert answer.status_code == 200, answer.headers
        return TOKEN.sub("", answer.content.decode())

    @pytest.mark.promise("P44", "P49")
    def test_every_role_finds_by_name_what_it_may_read_and_nothing_of_another_branch(self):
        for role, user in self.users.items():
            for place in ("find", "find_panel"):
                with self.subTest(role=role, place=place):
                    own, foreign = self.text(user, CANARY_NAME, place=place), self.text(user, "外人", place=place)
                    for label, visible in (
                        ("parties.party", parties.visible_to),
                        ("policies.policy", policies.visible_to),
                    ):
                        near, far = self.world.near[label], self.world.far[label]
                        assert (page_of(near, near.pk) in own) == visible(user).filter(pk=near.pk).exists()
                        assert (page_of(far, far.pk) in foreign) == visible(user).filter(pk=far.pk).exists()

    @pytest.mark.promise("P44", "P49")
    def test_every_role_lands_on_the_policy_and_the_receipt_it_may_see(self):
        for role, user in self.users.items():
            for label, visible in (("policies.policy", policies.visible_to), ("billing.receipt", receipts_visible_to)):
                for shelf in (self.world.near, self.world.far):
                    with self.subTest(role=role, label=label):
                        thing = shelf[label]
                        answer = self.find(user, f" {thing.number.lower()} ")
                        if label == "billing.receipt" and not permissions.allows(user, "receipt_read.R"):
                            assert answer.status_code == 200
                        elif visible(user).filter(pk=thing.pk).exists():
                            self.assertRedirects(answer, page_of(thing, thing.pk), fetch_redirect_response=False)
                        else:
                            assert page_of(thing, thing.pk) not in answer.content.decode()

    @pytest.mark.promise("P44")
    def test_what_lies_beyond_the_scope_answers_like_what_does_not_exist(self):
        far = self.world.far["policies.policy"].number
        for here, nowhere in ((far, "Z9999999999"), ("外人", "某某人"), ("1234", "9876")):
            with self.subTest(text=here):
                found, missed = self.text(self.clerk, here), self.text(self.clerk, nowhere)
                assert NOTHING in missed or "Look for the person" in missed
                assert found.replace(here, "…") == missed.replace(nowhere, "…")

    @pytest.mark.promise("P36")
    def test_a_whole_number_is_asked_a_purpose_for_then_lands_and_leaves_one_access_row(self):
        customer = self.world.near["parties.party"]
        for number in (CANARY_ID, CANARY_PHONE, f"+86 {CANARY_PHONE}"):
            with self.subTest(number=number):
                before = Access.objects.count()
                assert page_of(customer, customer.pk) not in self.text(self.clerk, number)
                assert page_of(customer, customer.pk) not in self.text(self.clerk, number, purpose="nonsense")
                assert page_of(customer, customer.pk) not in self.text(
                    self.clerk, number, purpose=WHY, place="find_panel"
                )
                assert Access.objects.count() == before
                self.assertRedirects(self.find(self.clerk, number, WHY), page_of(customer, customer.pk))
                row = Access.objects.values().latest("pk")
                assert Access.objects.count() == before + 1
                assert (row["kind"], row["purpose"]) == (AccessKind.SEARCHED, WHY)
                assert not any(canary in str(row) for canary in CANARIES)

    def test_an_assistant_opens_by_the_whole_number_and_is_led_to_the_form_for_a_policy(self):
        assistant, policy = self.users["claims_assistant"], self.world.near["policies.policy"]
        led = reverse("admin:policies_policy_open") + f"?number={policy.number}"
        assert led in self.text(assistant, policy.number)
        self.assertContains(signed_in(assistant).get(led), f'value="{policy.number}"')
        customer = self.world.near["parties.party"]
        self.assertRedirects(self.find(assistant, CANARY_ID, WHY), page_of(customer, customer.pk))
        assert led not in self.text(assistant, self.world.far["policies.policy"].number)

    @pytest.mark.promise("P53")
    def test_no_answer_shows_a_customers_data_in_full(self):
        for text in (CANARY_NAME[:2], CANARY_NAME[1:3], "oykn", CANARY_PHONE[-4:], CANARY_ID[-4:]):
            for place in ("find", "find_panel"):
                with self.subTest(text=text, place=place):
                    shown = self.text(self.clerk, text, place=place)
                    assert page_of(self.world.near["parties.party"], self.world.near["parties.party"].pk) in shown
                    assert not any(canary in shown for canary in CANARIES)

    def test_a_search_in_the_address_is_not_read(self):
        answer = signed_in(self.clerk).get(reverse("admin:find"), {"find": CANARY_ID, "purpose": WHY})
        self.assertContains(answer, "What can be typed")
        assert (
            page_of(self.world.near["parties.party"], self.world.near["parties.party"].pk)
            not in answer.content.decode()
        )
        assert not Access.objects.filter(kind=AccessKind.SEARCHED).exists()

    def test_nobody_searches_without_signing_in_or_without_a_token(self):
        for place in ("find", "find_panel"):
            assert Client().post(reverse(f"admin:{place}"), {"find": "张伟"}).status_code == 302
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(self.clerk, backend="apps.accounts.backends.AccountBackend")
        assert strict.post(reverse("admin:find_panel"), {"find": "张伟"}).status_code == 403

    def test_a_search_takes_few_queries_and_writes_nothing(self):
        client, events = signed_in(self.clerk), Event.objects.count()
        client.post(reverse("admin:find_panel"), {"find": "zz"})
        with CaptureQueriesContext(connection) as queries:
            client.post(reverse("admin:find_panel"), {"find": CANARY_NAME})
        assert len(queries) <= MOST_QUERIES, [query["sql"][:160] for query in queries]
        assert Event.objects.count() == events

    def test_those_who_may_find_nothing_have_no_box(self):
        assert 'id="find"' not in signed_in(self.users["audit_admin"]).get("/admin/").content.decode()
        assert 'id="find"' in signed_in(self.clerk).get("/admin/").content.decode()


class TestWhateverIsTyped(LawTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = a_world()
        cls.client_of = signed_in(make.a_user("supervisor", branch=cls.world.branch))

    @settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        text=st.text(max_size=90)
        | st.from_regex(r"[0-9A-Za-z@ .\-/年月日张王]{0,24}", fullmatch=True)
        | st.sampled_from([CANARY_NAME, CANARY_ID, "%", "_", "\\", "'", "张%", "P%", "0" * 80]),
        purpose=st.sampled_from(["", WHY, "x"]),
    )
    def test_the_answer_is_a_page(self, text, purpose):
        for place in ("find", "find_panel"):
            answer = self.client_of.post(reverse(f"admin:{place}"), {"find": text, "purpose": purpose})
            assert answer.status_code in (200, 302), text
