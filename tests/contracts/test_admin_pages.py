"""What every page of the back office keeps: a query budget, one frame, and no fault on garbage (screens X3, X4)."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.audit.models import Access
from apps.audit.states import AccessKind
from apps.billing.models import Receipt
from apps.core.admin.pages import figures, tabs_of
from apps.core.models import IdempotencyKey
from apps.notifications.models import Message
from apps.policies.models import Hold
from policyops import navigation
from tests import factories as make
from tests.contracts.world import CANARY_NAME, World, a_world

MOST_QUERIES_OF_A_LIST = 10
QUERIES_OF_LIVE_PARTS = {"operations.run": 6, "operations.banner": 9}
MOST_QUERIES_OF_A_PAGE = 17
MOST_QUERIES_OF_THE_WORKBENCH = 18
GARBAGE = [
    "page=abc&o=--",
    "page=-1",
    "page=999999999999999999999",
    "page=%00",
    "q=%00%ff",
    "q=" + "9" * 300,
    "q='; DROP TABLE x; --",
    "q=%E5%BC%A0",
    "q=%C2%B2",
    "q=1234",
    "q=12345678",
    "q=zw",
    "q=13800000000",
    "q=someone@example.com",
    "status=nonsense&kind=%00&e=1&p=x",
    "tab=nonsense&on=2026-99-99&before=x&kind=%00",
    "_popup=1&_to_field=x&all=",
]


def label(page) -> str:
    return page.label


class TestPages(TestCase):
    world: World

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = a_world()
        cls.supervisor = make.a_user("supervisor", branch=cls.world.branch, username="boss")
        Message.objects.filter(pk=cls.world.near["notifications.notice"].pk).update(user=cls.supervisor)
        cls.compliance = make.a_user("compliance_officer", "audit_admin", branch=cls.world.head, username="law")

    def setUp(self) -> None:
        self.client = self.sign_in(self.supervisor)
        self.client.get(reverse("admin:logout"))  # the first request of a session writes it

    def sign_in(self, user) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user, backend="apps.accounts.backends.AccountBackend")
        return client

    def pages(self):
        return [page for page in admin.site._registry.values() if self.supervisor.has_perm(page.read)]

    def address(self, page, what="change", objects=None) -> str:
        args = [(objects or self.world.near)[page.label].pk] if what != "changelist" else []
        return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_{what}", args=args)

    def test_every_list_stays_within_its_query_budget(self):
        for page in self.pages():
            with self.subTest(page=page.label), CaptureQueriesContext(connection) as queries:
                assert self.client.get(self.address(page, "changelist")).status_code == 200
            most = MOST_QUERIES_OF_A_LIST + QUERIES_OF_LIVE_PARTS.get(page.label, 0)
            assert len(queries) <= most, [query["sql"][:160] for query in queries]

    def test_every_page_and_tab_stays_within_its_query_budget(self):
        for page in self.pages():
            for tab in tabs_of(page.label) or [None]:
                address = self.address(page) + (f"?tab={tab.key}" if tab else "")
                with self.subTest(address=address), CaptureQueriesContext(connection) as queries:
                    answer = self.client.get(address)
                assert answer.status_code == 200
                assert len(queries) <= MOST_QUERIES_OF_A_PAGE, [query["sql"][:160] for query in queries]

    def test_the_workbench_takes_few_queries(self):
        with CaptureQueriesContext(connection) as queries:
            answer = self.client.get(reverse("admin:index"))
        assert len(queries) <= MOST_QUERIES_OF_THE_WORKBENCH
        shown = {str(title) for title, _figures in answer.context["groups"]}
        assert shown == {str(group.title) for group in figures() if self.supervisor.has_perm(group.permission)}

    def test_no_query_string_breaks_a_page(self):
        for page in self.pages():
            for query in GARBAGE:
                for what in ("changelist", "change"):
                    with self.subTest(page=page.label, query=query, what=what):
                        assert self.client.get(f"{self.address(page, what)}?{query}").status_code == 200

    def test_an_id_that_is_none_is_not_found(self):
        for page in self.pages():
            base = self.address(page, "changelist")
            for garbage in ("0", "99999999999999999999999", "x", "1%00", "-1"):
                with self.subTest(page=page.label, id=garbage):
                    assert self.client.get(f"{base}{garbage}/").status_code == 404

    def test_a_page_names_its_path_stages_and_at_most_seven_facts(self):
        for page in self.pages():
            answer = self.client.get(self.address(page))
            with self.subTest(page=page.label):
                assert answer.content.decode().count("<h1>") == 1
                assert len(answer.context["highlights"]) <= 7

    def test_every_list_has_its_place_in_the_left_rail(self):
        shown = {label for group in navigation.GROUPS for label, _icon in group.items}
        assert shown == {page.label for page in admin.site._registry.values()}
        assert len(navigation.GROUPS) <= 9

    def test_every_form_is_kept_and_explained_when_it_is_wrong(self):
        answer = self.client.post(reverse("admin:policies_policy_place_hold", args=[self.near_policy]), {"reason": "x"})
        assert answer.status_code == 422
        self.assertContains(answer, 'role="alert"', status_code=422)
        self.assertContains(answer, "x</textarea>", status_code=422)
        self.assertContains(answer, "<title>Error: ", status_code=422)

    @property
    def near_policy(self) -> int:
        return self.world.near["policies.policy"].pk

    @pytest.mark.promise("P67")
    def test_a_double_click_is_one_submit(self):
        address = reverse("admin:policies_policy_place_hold", args=[self.near_policy])
        form = {"key": "5d9b0a44-6a0e-4a34-9f3e-0a3a2f0d4f10", "kind": "pledge", "reason": "Pledged to the bank."}
        for _click in range(2):
            self.assertRedirects(
                self.client.post(address, form), reverse("admin:policies_policy_change", args=[self.near_policy])
            )
        assert Hold.objects.filter(policy=self.near_policy).count() == 1
        assert IdempotencyKey.objects.filter(key=form["key"]).count() == 1

    def test_a_grey_button_says_why_in_text(self):
        answer = self.client.get(reverse("admin:policies_policy_change", args=[self.near_policy]))
        self.assertContains(answer, "The policy has no open hold.")

    @pytest.mark.promise("P47")
    def test_who_entered_a_receipt_sees_why_he_may_not_confirm_it(self):
        receipt = self.world.near["billing.receipt"]
        Receipt.objects.filter(pk=receipt.pk).update(keyed_person=self.supervisor.person)
        answer = self.client.get(reverse("admin:billing_receipt_change", args=[receipt.pk]))
        self.assertContains(answer, "The same person may not both enter and confirm.")
        refused = self.client.post(
            reverse("admin:billing_receipt_confirm", args=[receipt.pk]), {"key": "5d9b0a44-6a0e-4a34-9f3e-0a3a2f0d4f11"}
        )
        assert refused.status_code == 403
        assert Receipt.objects.get(pk=receipt.pk).status == "KEYED"

    def test_an_assistant_sees_a_policy_once_it_is_opened_for_a_purpose(self):
        assistant = make.a_user("claims_assistant", branch=self.world.branch, username="helper")
        client, policy = self.sign_in(assistant), self.world.near["policies.policy"]
        page, opening = reverse("admin:policies_policy_change", args=[policy.pk]), reverse("admin:policies_policy_open")
        assert client.get(page).status_code == 404
        self.assertContains(client.get(reverse("admin:policies_policy_changelist")), opening)
        form = {"key": "5d9b0a44-6a0e-4a34-9f3e-0a3a2f0d4f12", "number": policy.number}
        assert client.post(opening, form).status_code == 422
        self.assertRedirects(client.post(opening, {**form, "purpose": "customer_request"}), page)
        opened = Access.objects.filter(kind=AccessKind.OPENED, actor=assistant.actor, object_id=policy.pk).get()
        assert opened.purpose == "customer_request"
        far = {**form, "key": "5d9b0a44-6a0e-4a34-9f3e-0a3a2f0d4f13", "purpose": "customer_request"}
        refused = client.post(opening, {**far, "number": self.world.far["policies.policy"].number})
        assert refused.status_code == 404

    @pytest.mark.promise("P54")
    def test_a_revealed_value_is_in_one_answer_only(self):
        party = self.world.near["parties.party"]
        address = reverse("admin:parties_party_reveal", args=[party.pk])
        form = {"key": "5d9b0a44-6a0e-4a34-9f3e-0a3a2f0d4f14", "field": "name", "row": party.pk}
        self.assertNotContains(self.client.post(address, form), CANARY_NAME, status_code=422)
        shown = self.client.post(address, {**form, "purpose": "customer_request"})
        self.assertContains(shown, CANARY_NAME)
        assert "no-store" in shown["Cache-Control"]
        assert not IdempotencyKey.objects.filter(key=form["key"]).exists(), "the answer would be kept"
        self.assertNotContains(self.client.get(address), CANARY_NAME)

    def test_the_workbench_offers_what_a_person_may_do(self):
        clerk = self.sign_in(make.a_user("renewal_clerk", branch=self.world.branch, username="cash"))
        self.assertContains(clerk.get("/admin/"), reverse("admin:billing_receipt_key"))
        self.assertNotContains(clerk.get("/admin/"), reverse("admin:operations_run_close"))
        self.assertContains(self.client.get("/admin/"), reverse("admin:operations_run_close"))

    def test_a_change_by_get_is_refused_and_csrf_is_asked_for(self):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(self.supervisor, backend="apps.accounts.backends.AccountBackend")
        answer = strict.post(reverse("admin:billing_receipt_confirm", args=[self.world.near["billing.receipt"].pk]))
        assert answer.status_code == 403
        assert b"form_expired" in answer.content

    @pytest.mark.promise("P76")
    def test_every_answer_carries_the_strict_policy_and_is_not_kept(self):
        for address in ("/admin/", "/admin/login/", self.address(self.pages()[0], "changelist")):
            answer = self.client.get(address)
            policy = answer["Content-Security-Policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert "no-store" in answer["Cache-Control"]

    def test_errors_have_a_page_in_both_languages(self):
        missing = self.client.get("/admin/nothing/here/")
        assert missing.status_code == 404
        assert b"not_found" in missing.content
        chinese = self.client.get("/admin/nothing/here/", headers={"accept-language": "zh-CN"})
        assert 'lang="zh-hans"' in chinese.content.decode()
