"""What every operation keeps, whoever wrote it: who may call, in which form, how often, and what comes back."""

import re
from datetime import timedelta
from functools import wraps

import pytest
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from apps.accounts import keys
from apps.accounts.matrix import matrix
from apps.accounts.models import ApiKey, User
from apps.audit.models import Event
from apps.core.api import OPERATIONS, Effect
from apps.core.api.catalogue import CODES
from apps.core.api.inputs import TEXTS
from apps.core.api.scopes import SCOPES
from tests import factories as make
from tests.contracts.world import CANARIES, World, a_world

from .client import GUARD, Api, a_token
from .operations import address, body, call, json_of, kinds, open_to_keys

MOST_QUERIES = 9
PRICING = 40
"""What reads a case also says what may be done with it, which takes what it would do; see ``test_api`` of the app."""
PRICES = {
    "GET endorsements/{endorsement}",
    "GET endorsements/{endorsement}/impact",
    "GET policies/{policy}/endorsement_types",
}
ASKS_IN_ITS_BODY = {"POST parties/search"}
"""Changes nothing: what is looked for must not stand in an address."""
CHANGES = [each for each in OPERATIONS if each.effect != Effect.NONE]
FOR_KEYS = [each for each in OPERATIONS if open_to_keys(each)]


def named(operation):
    return f"{operation.method} {operation.path}"


def is_chinese(text):
    return re.search(r"[\u4e00-\u9fff]", text) is not None


def code(answer):
    assert answer["Content-Type"] == "application/problem+json", answer.content
    told = answer.json()
    assert told["code"] in CODES
    assert told["status"] == answer.status_code == CODES[told["code"]].status
    assert told["type"] == f"/errors/{told['code']}"
    assert told["instance"] == answer["X-Request-Id"]
    assert "Traceback" not in answer.content.decode()
    assert "SELECT" not in answer.content.decode()
    return told["code"]


@pytest.mark.promise("P45")
@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_an_operation_names_permission_and_scope_and_says_what_it_is_for(operation):
    if operation.permission:
        matrix().split(operation.permission)
    assert operation.scope in {"", *SCOPES}
    assert operation.pii_scope in {"", *SCOPES}
    assert operation.summary
    assert (type(operation).__doc__ or "").strip()
    assert set(operation.problems()) <= set(CODES)
    assert (operation.effect == Effect.NONE) == (operation.method == "GET" or named(operation) in ASKS_IN_ITS_BODY)
    assert operation.input is None or operation.example is not None, "an example to try it with"


def over(operations):
    """The test is made of each of these operations; a fault of one does not hide those of the others."""

    def wrap(test):
        @wraps(test)
        def each(self):
            for operation in operations:
                with self.subTest(operation=named(operation)):
                    test(self, operation)

        return each

    return wrap


@override_settings(API_CALLS_A_MINUTE=100_000, API_WRITES_A_MINUTE=100_000)
class TestEveryOperation(TestCase):
    world: World
    token: str

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = a_world()
        cls.token = a_token(cls.world.head)

    def setUp(self) -> None:
        self.api = Api(self.token)

    @pytest.mark.promise("P51")
    @over(OPERATIONS)
    def test_nobody_gets_in_without_a_good_key(self, operation):
        bad = ("Basic eA==", f"Bearer {self.token}x", "Bearer", "Bearer pok_live_x.y", "Bearer ä")
        wrong = {"": "authentication_required"} | dict.fromkeys(bad, "token_invalid")
        for header, expected in wrong.items():
            answer = call(Client(), operation, self.world.near, authorization=header)
            assert (answer.status_code, code(answer)) == (401, expected)
            assert answer["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.promise("P51")
    @over(OPERATIONS)
    def test_an_expired_key_and_one_from_elsewhere_are_refused(self, operation):
        key = ApiKey.objects.get(status="ISSUED")
        ApiKey.objects.filter(pk=key.pk).update(expires_on=key.requested_on - timedelta(days=900))
        assert code(call(self.api, operation, self.world.near)) == "token_expired"
        ApiKey.objects.filter(pk=key.pk).update(expires_on=key.expires_on, ip_list=["203.0.113.0/24"])
        assert code(call(self.api, operation, self.world.near)) == "ip_not_allowed"
        ApiKey.objects.filter(pk=key.pk).update(ip_list=[])

    @pytest.mark.promise("P51")
    def test_a_key_taken_back_is_dead_on_the_next_call(self):
        assert self.api.read("me").status_code == 200
        keys.revoke_key(GUARD, key_id=ApiKey.objects.get(status="ISSUED").pk, reason="leaked")
        assert code(self.api.read("me")) == "token_invalid"

    @pytest.mark.promise("P52")
    def test_a_key_dies_with_its_owners_account(self):
        User.objects.filter(username="owner").update(is_active=False)
        assert code(self.api.read("me")) == "token_invalid"

    @pytest.mark.promise("P51")
    @over([each for each in OPERATIONS if each.scope])
    def test_a_key_without_the_scope_is_refused(self, operation):
        others = set(SCOPES) - {operation.scope}
        ApiKey.objects.filter(status="ISSUED").update(scopes=sorted(others))
        expected = "human_only_action" if operation.permission.endswith(".A") else "scope_missing"
        assert code(call(self.api, operation, self.world.near)) == expected

    @pytest.mark.promise("P51")
    @over([each for each in OPERATIONS if each.permission.endswith(".A")])
    def test_approvals_are_for_people(self, operation):
        events = Event.objects.count()
        assert code(call(self.api, operation, self.world.near)) == "human_only_action"
        assert Event.objects.count() == events

    @over(FOR_KEYS)
    def test_unknown_parameters_repeated_ones_and_wrong_values_are_never_ignored(self, operation):
        join = "&" if "?" in address(operation, self.world.near) else "?"
        where = address(operation, self.world.near) + join
        for extra, expected in {"nonsense=1": "unknown_parameter", "%00=1": "unknown_parameter"}.items():
            answer = self.api.generic(operation.method, where + extra, b"{}", content_type="application/json")
            assert code(answer) == expected
        for parameter in operation.accepted():
            value = "%00" if parameter.name != "cursor" else "x"
            assert code(self.api.get(f"{where}{parameter.name}={value}")) in (
                "invalid_parameter",
                "method_not_allowed",
            )
            assert code(self.api.get(f"{where}{parameter.name}=1&{parameter.name}=1")) in (
                "invalid_parameter", "method_not_allowed")  # fmt: skip

    @over(FOR_KEYS)
    def test_the_form_of_a_request_is_strict(self, operation):
        assert code(call(self.api, operation, self.world.near, accept="text/html")) == "not_acceptable"
        answer = call(self.api, operation, self.world.near, policyops_version="2020-01-01")
        assert code(answer) == "version_header_invalid"
        other = self.api.generic("TRACE", address(operation, self.world.near))
        assert code(other) == "method_not_allowed"
        assert operation.method in other["Allow"]

    @pytest.mark.promise("P67")
    @over([each for each in FOR_KEYS if each in CHANGES])
    def test_what_has_an_effect_needs_an_idempotency_key(self, operation):
        for key, expected in {"": "idempotency_key_required", "ä": "idempotency_key_invalid",
                              "x" * 256: "idempotency_key_invalid"}.items():  # fmt: skip
            answer = call(self.api, operation, self.world.near, idempotency_key=key)
            assert (answer.status_code, code(answer)) == (400, expected)

    @pytest.mark.promise("P46")
    @pytest.mark.promise("P69")
    @over([each for each in FOR_KEYS if each in CHANGES])
    def test_bodies_nobody_should_send_are_refused_at_their_place(self, operation):
        good = body(operation, self.world.near)
        some = next(iter(good), "x")
        bad = {
            b"{": "malformed_json",
            b"\xff\xfe": "malformed_json",
            b'{"a":' * 900 + b"1" + b"}" * 900: "malformed_json",
            b'{"x": "\\ud800"}': "malformed_json",
            b"[]": "validation_failed",
            b"1": "validation_failed",
            json_of({**good, "nonsense": 1}): "unknown_field",
            json_of({**good, "id": "x"}): "read_only_field",
            json_of({**good, "status": "x"}): "read_only_field",
            b'{"' + some.encode() + b'": "\\u0000"}': "validation_failed",
            b'{"' + some.encode() + b'": 1' + b"0" * 400 + b"}": "malformed_json",
        }
        for content, expected in bad.items():
            answer = self.send(operation, content)
            assert code(answer) == expected, content[:60]
        assert code(self.send(operation, json_of(good), "text/plain")) == "unsupported_media_type"
        assert code(self.send(operation, b" " * (1024 * 1024 + 1))) == "body_too_large"

    def send(self, operation, content: bytes, kind: str = "application/json"):
        where = address(operation, self.world.near)
        headers = {"idempotency-key": "k", "if-match": '"x"'}
        return self.api.generic(operation.method, where, content, content_type=kind, headers=headers)

    @pytest.mark.promise("P12")
    @over([each for each in OPERATIONS if each.precondition])
    def test_a_decision_needs_the_etag_of_what_was_seen(self, operation):
        boss = self.person("supervisor", "endorsement_clerk")
        assert code(call(boss, operation, self.world.near, if_match="")) == "precondition_required"
        assert code(call(boss, operation, self.world.near, if_match="*")) == "invalid_parameter"
        stale = call(boss, operation, self.world.near)
        assert code(stale) == "precondition_failed"
        assert stale["ETag"]
        assert stale.json()["current"]["id"]

    def person(self, *roles, csrf=False):
        client = Client(enforce_csrf_checks=csrf, headers={"accept-language": "en"})
        user = make.a_user(*roles, branch=self.world.branch)
        client.force_login(user, backend="apps.accounts.backends.AccountBackend")
        return client

    @over(CHANGES)
    def test_a_session_sends_its_csrf_token(self, operation):
        client = self.person("policy_clerk", csrf=True)
        answer = call(client, operation, self.world.near)
        assert (answer.status_code, code(answer)) == (403, "csrf_failed")

    @pytest.mark.promise("P53")
    @over([each for each in OPERATIONS if each.method == "GET"])
    def test_answers_are_masked_and_within_their_budget(self, operation):
        call(self.api, operation, self.world.near)
        with CaptureQueriesContext(connection) as queries:
            answer = call(self.api, operation, self.world.near)
        assert answer.status_code == 200, answer.content
        most = PRICING if named(operation) in PRICES else MOST_QUERIES
        assert len(queries) <= most, [query["sql"][:120] for query in queries]
        told = answer.content.decode()
        assert [canary for canary in CANARIES if canary in told] == []
        assert answer["Cache-Control"] == "no-store"
        assert {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "PolicyOps-Version"} <= set(answer.headers)

    @pytest.mark.promise("P44")
    @over([each for each in OPERATIONS if kinds(each) and each.method == "GET"])
    def test_an_id_that_does_not_exist_and_one_of_another_kind_answer_alike(self, operation):
        from apps.core.api.ids import PREFIXES

        kind = kinds(operation)[0]
        path = operation.path.partition("?")[0]
        for text in (f"{PREFIXES[kind]}_" + "a" * 26, "evt_" + "a" * 26, "1", "pol_" + "1" * 26, "%00", "张"):
            query = address(operation, self.world.near).partition("?")[2]
            answer = self.api.get(f"/api/v1/{path.replace('{' + kind + '}', text)}?{query}")
            assert (answer.status_code, code(answer)) == (404, "not_found")

    def test_a_request_id_is_taken_over_if_it_is_fit(self):
        assert self.api.read("me", x_request_id="my-request-1")["X-Request-Id"] == "my-request-1"
        for unfit in ("short", "x" * 65, "<script>alert(1)</script>"):
            assert self.api.read("me", x_request_id=unfit)["X-Request-Id"] != unfit

    def test_the_language_is_the_callers(self):
        assert self.api.read("nothing").json()["title"].startswith("There is nothing here")
        assert self.api.read("nothing", accept_language="zh-CN")["Content-Language"] == "zh-hans"

    def test_a_problem_speaks_one_language(self):
        """Chinese to who names none, English to who asks for it: the title, the detail and what is said of fields."""
        wrong = {"purpose": "curiosity", "phone": 1}
        for language, chinese in ((None, True), ("zh-CN", True), ("en", False)):
            headers = {"authorization": f"Bearer {self.token}"} | ({"accept-language": language} if language else {})
            told = (
                Client().post("/api/v1/parties/search", wrong, content_type="application/json", headers=headers).json()
            )
            said = [told["title"], told["detail"], *(each["message"] for each in told["errors"])]
            assert [is_chinese(text) for text in said] == [chinese] * 4, said

    def test_every_text_of_a_problem_is_there_in_both_languages(self):
        kinds_of_text = [text for kind in CODES.values() for text in (kind.title, kind.advice)] + [*TEXTS.values()]
        for language, chinese in (("zh-hans", True), ("en", False)):
            with translation.override(language):
                assert [str(text) for text in kinds_of_text if is_chinese(str(text)) != chinese] == []

    def test_pages_neither_double_nor_lose_rows_that_come_and_go(self):
        ctx = make.the_system()
        there = [make.a_policy(ctx, branch=self.world.branch).number for _ in range(6)]
        found, where, extra = [], "/api/v1/policies?limit=2", iter(range(3))
        while where:
            page = self.api.get(where).json()
            found += [row["number"] for row in page["data"]]
            where = page["next"]
            if next(extra, None) is not None:
                make.a_policy(ctx, branch=self.world.branch)
        assert len(found) == len(set(found))
        assert set(there) <= set(found)

    def test_a_cursor_fits_one_query_and_one_caller(self):
        for _ in range(3):
            make.a_policy(branch=self.world.branch)
        following = self.api.read("policies?limit=1").json()["next"]
        assert code(self.api.get(f"{following}&status=in_force")) == "invalid_cursor"
        assert code(self.api.get(f"{following}&sort=number")) == "invalid_cursor"
        other = Api(a_token(self.world.head, client="Other"))
        assert code(other.get(following)) == "invalid_cursor"
        assert code(self.api.read("policies?limit=201")) == "limit_too_large"
