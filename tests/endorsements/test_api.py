"""Endorsements through the API: a case from its beginning to its effect, and what nobody should send."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from apps.accounts import delegations
from apps.accounts.models import User
from apps.audit.models import Access, Event
from apps.core import clock
from apps.core.api import specification
from apps.core.api.ids import write
from apps.documents import services as documents
from apps.endorsements.acts import Act
from apps.endorsements.api.cases import KINDS
from apps.endorsements.base import TYPES
from apps.endorsements.models import Endorsement, EndorsementItem, Material, Quote, Signature
from apps.endorsements.states import EndorsementStatus as S
from apps.operations import services as operations
from apps.parties import selectors as parties
from apps.policies.models import PolicyVersion
from tests import factories as make
from tests.api.client import Api, a_token
from tests.conftest import TODAY
from tests.documents import papers

from . import cases

pytestmark = pytest.mark.django_db

KEPT = (Endorsement, EndorsementItem, Material, Quote, Signature, PolicyVersion, Event)
MONTHLY = {"code": "premium_frequency_change", "change": {"frequency": "monthly"}}


def counts() -> list[int]:
    return [model._default_manager.count() for model in KEPT]


class Person(Api):
    """Somebody signed in, who calls the API with his session."""

    def __init__(self, user: Any) -> None:
        super().__init__()
        self.force_login(user, backend="apps.accounts.backends.AccountBackend")

    def put_items(self, case: str, items: list, match: str) -> Any:
        headers = {"if-match": match, "idempotency-key": str(uuid.uuid4())}
        return self.put(
            f"/api/v1/endorsements/{case}/items", {"items": items}, content_type="application/json", headers=headers
        )


@pytest.fixture
def office(db) -> cases.Office:
    operations.open_first_day(make.the_system(), TODAY)
    return cases.Office()


@pytest.fixture
def clerk(office) -> Person:
    return Person(office.clerk)


@pytest.fixture
def boss(office) -> Person:
    return Person(office.checker)


@pytest.fixture
def policy(office) -> Any:
    return cases.a_priced_policy()


def pol(policy: Any) -> str:
    return write("policy", policy.public_id)


def party(person: Any) -> str:
    return write("party", person.public_id)


def named(*shares: tuple[Any, str], **more: Any) -> dict[str, Any]:
    """A change of beneficiaries as it is sent."""
    told = [
        {"party": party(each), "benefit_order": 1, "share": share, "relationship": "child", **more}
        for each, share in shares
    ]
    return {"code": "beneficiary_change", "change": {"beneficiaries": told}}


def begun(clerk: Person, policy: Any, *items: dict) -> str:
    answer = clerk.send(f"policies/{pol(policy)}/endorsements", {"items": list(items)})
    assert answer.status_code == 201, answer.content
    assert answer["Location"] == f"/api/v1/endorsements/{answer.json()['id']}"
    return str(answer.json()["id"])


def act(person: Person, case: str, verb: str, body: Any = None, **headers: str) -> dict:
    answer = person.send(f"endorsements/{case}/{verb}", body, **headers)
    assert answer.status_code == 200, (verb, answer.content)
    return answer.json()


def waiting_for_approval(clerk: Person, policy: Any) -> str:
    case = begun(clerk, policy, named((make.a_person("小明"), "100")))
    for signer in ("holder", "insured"):
        act(clerk, case, "sign", {"signer": signer, "verification": "original_id"})
    for paper in act(clerk, case, "submit")["papers"]:
        act(clerk, case, "supplement", {"paper": paper["kind"]})
    act(clerk, case, "accept")
    assert act(clerk, case, "examine")["status"] == "second_review"
    return case


def test_a_case_goes_from_its_beginning_to_its_effect(clerk, boss, policy):
    case = waiting_for_approval(clerk, policy)
    seen = boss.read(f"endorsements/{case}")
    quote = seen.json()["quote"]
    assert {each["action"] for each in seen.json()["available_actions"] if each["allowed"]} == {
        *("quote", "approve", "send_back", "reject")
    }
    answer = boss.send(f"endorsements/{case}/approve", {"digest": quote["digest"]}, if_match=seen["ETag"])
    assert (answer.status_code, answer.json()["status"]) == (200, "closed"), answer.content
    [item] = answer.json()["items"]
    assert item["change"]["beneficiaries"][0]["share"] == "100"
    assert item["applied_on"] == TODAY.isoformat()
    undone = clerk.send(f"endorsement_items/{item['id']}/reverse", {"reason": "wrong policy"})
    assert undone.status_code == 201, undone.content
    assert undone.json()["items"][0]["change"] == {"item": item["id"]}
    impact = clerk.read(f"endorsements/{undone.json()['id']}/impact").json()
    assert impact["policies"][0]["policy"] == pol(policy)


def test_a_stale_digest_and_a_stale_etag_are_refused_and_change_nothing(clerk, boss, policy):
    case = waiting_for_approval(clerk, policy)
    tag = boss.read(f"endorsements/{case}")["ETag"]
    before = counts()
    stale = boss.send(f"endorsements/{case}/approve", {"digest": "0" * 64}, if_match=tag)
    assert (stale.status_code, stale.json()["code"], stale.json()["errors"][0]["pointer"]) == (
        409,
        "quote_changed",
        "/digest",
    )
    assert boss.send(f"endorsements/{case}/approve", {"digest": "0" * 64}, if_match='"x"').status_code == 412
    assert counts() == before


@pytest.mark.promise("P47")
def test_a_maker_never_approves_by_another_role_a_delegation_or_a_key(office, clerk, policy):
    case = waiting_for_approval(clerk, policy)
    digest = Endorsement.objects.get().quote.digest
    again = Person(make.a_user("supervisor", person=office.clerk.person))
    key = Api(a_token(owner=office.clerk))
    for caller, expected in ((again, "separation_of_duties"), (key, "human_only_action"), (clerk, "permission_denied")):
        tag = clerk.read(f"endorsements/{case}")["ETag"]
        before, accesses = counts(), Access.objects.count()
        answer = caller.send(f"endorsements/{case}/approve", {"digest": digest}, if_match=tag)
        assert (answer.status_code, answer.json()["code"]) == (403, expected), answer.content
        assert (counts(), Access.objects.count()) == (before, accesses + 1)
    day = clock.office_now().date()
    lent = delegations.ask(office.checked, taker_id=office.clerk.pk, from_date=day, to_date=day, reason="leave")
    delegations.approve(make.as_user(make.a_user("supervisor")), delegation_id=lent.pk)
    stand_in = Person(User.objects.get(pk=office.clerk.pk))
    tag = stand_in.read(f"endorsements/{case}")["ETag"]
    before, accesses = counts(), Access.objects.count()
    answer = stand_in.send(f"endorsements/{case}/approve", {"digest": digest}, if_match=tag)
    assert (answer.status_code, answer.json()["code"]) == (403, "separation_of_duties"), answer.content
    assert (counts(), Access.objects.count()) == (before, accesses + 1)
    told = {each["action"]: each for each in again.read(f"endorsements/{case}").json()["available_actions"]}
    assert told["approve"]["why_not"]["code"] == "separation_of_duties"
    assert Endorsement.objects.get().status == S.SECOND_REVIEW


def test_a_key_asks_for_what_the_matrix_gives_it_and_nothing_else(office, policy):
    key = Api(a_token(owner=make.a_user()))
    before, accesses = counts(), Access.objects.count()
    answer = key.send(f"policies/{pol(policy)}/endorsements", {"items": [MONTHLY]})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert (counts(), Access.objects.count()) == (before, accesses + 1)
    change = {"party": party(policy.holder), "kind": "mobile", "value": "13800138000"}
    answer = key.send(f"policies/{pol(policy)}/endorsements", {"items": [{"code": "contact_change", "change": change}]})
    assert answer.status_code == 201, answer.content
    assert "13800138000" not in answer.content.decode()
    open_to_it = {
        each["code"] for each in key.read(f"policies/{pol(policy)}/endorsement_types").json()["data"] if each["allowed"]
    }
    assert open_to_it == {"contact_change"}


def test_a_draft_is_changed_by_who_has_seen_it_as_it_is(clerk, policy):
    case = begun(clerk, policy, MONTHLY)
    tag = clerk.read(f"endorsements/{case}")["ETag"]
    quarterly = {"code": "premium_frequency_change", "change": {"frequency": "quarterly"}}
    answer = clerk.put_items(case, [quarterly], tag)
    assert answer.status_code == 200, answer.content
    assert answer.json()["items"][0]["change"] == {"frequency": "quarterly"}
    before = counts()
    assert clerk.put_items(case, [MONTHLY], tag).status_code == 412
    assert counts() == before


def hostile(policy: Any) -> Iterator[tuple[Any, int, str, str]]:
    """Bodies nobody should send for a case, with status, code, and the first pointer."""
    child, stranger = make.a_person("小明"), make.a_person("外人", make.a_branch("99"))
    many = named(*[(child, "1")] * 10_000)
    yield [{"code": "nonsense", "change": {}}], 422, "validation_failed", "/items/0/code"
    yield (
        [{"code": "premium_frequency_change", "change": named((child, "100"))["change"]}],
        400,
        "unknown_field",
        ("/items/0/change/beneficiaries"),
    )
    yield [MONTHLY | {"nick": 1}], 400, "unknown_field", "/items/0/nick"
    yield [named((child, "100"), nick="x")], 400, "unknown_field", "/items/0/change/beneficiaries/0/nick"
    yield [named((child, 100))], 422, "validation_failed", "/items/0/change/beneficiaries/0/share"
    yield (
        [{"code": "sum_assured_increase", "change": {"sum_assured": 500000}}],
        422,
        "validation_failed",
        ("/items/0/change/sum_assured"),
    )
    yield [named((stranger, "100"))], 422, "validation_failed", "/items/0/change/beneficiaries/0/party"
    yield [many], 413 if len(str(many)) > 1024 * 1024 else 422, "", "/items/0/change/beneficiaries"
    yield [named(*[(child, "1")] * 21)], 422, "validation_failed", "/items/0/change/beneficiaries"
    yield (
        [{"code": "premium_frequency_change", "change": {"frequency": "a\0b"}}],
        422,
        "validation_failed",
        ("/items/0/change/frequency"),
    )
    yield [MONTHLY, MONTHLY], 422, "business_rule_refused", "/items"
    yield (
        [{"code": "endorsement_reversal", "change": {"item": "eni_" + "a" * 26}}],
        422,
        "validation_failed",
        "/items/0/code",
    )
    yield [MONTHLY] * 21, 422, "validation_failed", "/items"
    yield [], 422, "validation_failed", "/items"
    yield [1], 422, "validation_failed", "/items/0"
    yield [{"code": ["x"], "change": None}], 422, "validation_failed", "/items/0/code"
    yield [{"code": "surrender", "change": None}], 422, "validation_failed", "/items/0/change"
    yield [{"code": "surrender"}], 422, "validation_failed", "/items/0/change"
    yield {"x": 1}, 422, "validation_failed", "/items"


def test_what_nobody_should_send_is_refused_at_its_place_and_changes_nothing(clerk, policy):
    for items, status, code, pointer in hostile(policy):
        before = counts()
        answer = clerk.send(f"policies/{pol(policy)}/endorsements", {"items": items})
        told = answer.json()
        assert answer.status_code == status, (items, answer.content)
        assert code in ("", told["code"])
        assert status == 413 or told["errors"][0]["pointer"] == pointer, (items, told)
        assert counts() == before


def test_what_a_rule_bars_is_told_by_the_quote_and_refused_at_the_change(clerk, policy):
    case = begun(clerk, policy, MONTHLY, named((make.a_person("小明"), "50")))
    quoted = act(clerk, case, "quote")["quote"]["policies"][0]["items"][1]["refusals"]
    before = counts()
    answer = clerk.send(f"endorsements/{case}/submit")
    assert (answer.status_code, answer.json()["code"]) == (422, "business_rule_refused")
    assert [each["code"] for each in answer.json()["errors"]] == [each["code"] for each in quoted]
    assert answer.json()["errors"][0]["pointer"] == "/items/1/change"
    told = {each["action"]: each for each in clerk.read(f"endorsements/{case}").json()["available_actions"]}
    assert told["submit"]["why_not"]["code"] == "business_rule_refused"
    assert counts() == before


def test_papers_of_another_policy_and_accounts_of_others_are_refused(office, clerk, policy):
    case = begun(clerk, policy, MONTHLY)
    act(clerk, case, "sign", {"signer": "holder", "verification": "face"})
    act(clerk, case, "submit")
    elsewhere = cases.a_priced_policy()
    paper = documents.upload(
        make.the_system(), filename="id.png", content=papers.png(), kind="applicant_id", policy_id=elsewhere.pk
    )
    account = cases.account_of(elsewhere.holder_id)
    before = counts()
    theirs = clerk.send(
        f"endorsements/{case}/account", {"account": write("bank_account", parties.account_public_id(account))}
    )
    assert (theirs.status_code, theirs.json()["errors"][0]["code"]) == (422, "account_not_holders")
    wrong = clerk.send(
        f"endorsements/{case}/supplement",
        {"paper": "applicant_id", "document": write("document", paper.public_id)},
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/document")
    unknown = clerk.send(f"endorsements/{case}/supplement", {"paper": "nonsense"})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/paper")
    assert counts() == before


def test_another_branchs_case_and_policy_answer_as_if_they_were_not(office, policy):
    elsewhere = make.a_branch("31", parent=make.a_branch("86"))
    stranger = Person(make.a_user("endorsement_clerk", branch=elsewhere))
    case = begun(Person(office.clerk), policy, MONTHLY)
    before, accesses = counts(), Access.objects.count()
    assert stranger.send(f"policies/{pol(policy)}/endorsements", {"items": [MONTHLY]}).status_code == 404
    assert stranger.send(f"endorsements/{case}/submit").status_code == 404
    assert (counts(), Access.objects.count()) == (before, accesses + 2)


def test_every_item_is_told_alike_by_catalogue_specification_and_form(clerk):
    told = {each["code"]: each for each in clerk.read("endorsement_types").json()["data"]}
    assert set(told) == {kind.code.lower() for kind in TYPES}
    written = specification.build()["components"]["schemas"]
    for code, kind in KINDS.items():
        name = "".join(part.capitalize() for part in code.split("_"))
        schema = clerk.read(f"endorsement_types/{code}").json()["change"]
        assert schema["properties"].keys() == written[f"{name}Input"]["properties"].keys() == kind().fields.keys()
        assert (
            clerk.get(f"/api/v1/endorsement_types/{code}", headers={"accept-language": "en"}).json()["change"]
            == written[f"{name}Input"]
        )
        assert written[f"{name}Item"]["properties"]["code"]["enum"] == [code]
    assert clerk.read("endorsement_types/nonsense").json()["code"] == "not_found"


def test_acts_of_the_api_are_the_acts_there_are(clerk, policy):
    case = begun(clerk, policy, MONTHLY)
    told = clerk.read(f"endorsements/{case}").json()["available_actions"]
    assert sorted(each["action"] for each in told) == sorted(Act.values)


def test_cases_are_found_by_policy_status_number_and_item(clerk, policy):
    case = begun(clerk, policy, MONTHLY)
    number = Endorsement.objects.get().number
    for query in (f"policy={pol(policy)}", "status=draft", f"number={number}", "code=premium_frequency_change"):
        assert [each["id"] for each in clerk.read(f"endorsements?{query}").json()["data"]] == [case], query
    for query in ("status=closed", "code=surrender"):
        assert clerk.read(f"endorsements?{query}").json()["data"] == []
