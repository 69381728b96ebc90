"""Customers through the API: masked; whole for a purpose; found by what stands in the body (P36, P53, P54)."""

import pytest
from django.test import override_settings

from apps.accounts.models import ApiKey
from apps.audit.models import Access
from apps.core.api.ids import write
from apps.operations import services as operations
from apps.parties import services as parties
from tests import factories as make
from tests.api.client import Api, a_token
from tests.conftest import TODAY

ID_NUMBER, PHONE = "11010519491231002X", "13812345678"


@pytest.fixture
def api(db):
    operations.open_first_day(make.the_system(), TODAY)
    return Api(a_token(make.a_branch("86")))


@pytest.fixture
def zhang(api):
    branch = make.a_branch("8644", parent=make.a_branch("86"))
    details = {"identities": [("111", ID_NUMBER, None)], "contacts": [("mobile", PHONE)]}
    return parties.register_person(make.the_system(), name="张伟", branch_id=branch.pk, **details)


def pty(party):
    return write("party", party.public_id)


def search(api, **body):
    return api.post("/api/v1/parties/search", body, content_type="application/json")


def accesses(kind):
    return Access.objects.filter(kind=kind)


@pytest.mark.promise("P53")
def test_a_customer_is_shown_masked(api, zhang):
    answer = api.read(f"parties/{pty(zhang)}")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["id"], body["name"], body["branch"]) == (pty(zhang), "张*", "8644")
    assert (body["sex"], body["born_on"]) == ("female" if zhang.sex == "2" else "male", None)
    assert body["identities"] == [{"type": "resident_id", "number": "110***********002X", "valid_to": None}]
    assert body["contacts"] == [{"kind": "mobile", "value": "138****5678", "health": "good"}]
    assert not accesses("revealed").exists()


@pytest.mark.promise("P54")
def test_a_customer_stands_in_full_for_a_purpose_and_each_value_leaves_a_trace(api, zhang):
    body = api.read(f"parties/{pty(zhang)}", purpose="identity_check").json()
    assert (body["name"], body["born_on"]) == ("张伟", "1949-12-31")
    assert body["identities"][0]["number"] == ID_NUMBER
    assert body["contacts"][0]["value"] == f"+86{PHONE}"
    seen = accesses("revealed").order_by("pk").values_list("detail__field", "object_id", "purpose")
    assert list(seen) == [(field, zhang.pk, "identity_check") for field in ("name", "identity", "contact")]


@pytest.mark.promise("P54")
def test_values_in_full_take_the_scope_and_the_quota(api, zhang):
    with override_settings(KEY_REVEALS_PER_DAY=2):
        answer = api.read(f"parties/{pty(zhang)}", purpose="identity_check")
    assert (answer.status_code, answer.json()["code"]) == (403, "unmask_quota_exceeded")
    assert ID_NUMBER not in answer.content.decode()
    ApiKey.objects.update(scopes=["parties:read"])
    answer = api.read(f"parties/{pty(zhang)}", purpose="identity_check")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_the_list_is_narrowed_by_office_and_agent(api, zhang):
    other = make.a_person("李娜", make.a_branch("8631", parent=make.a_branch("86")))
    assert {row["id"] for row in api.read("parties").json()["data"]} == {pty(zhang), pty(other)}
    assert [row["id"] for row in api.read("parties?branch=8644").json()["data"]] == [pty(zhang)]
    agent = make.an_agent(zhang.branch, make.a_user("agent", branch=zhang.branch))
    assert api.read(f"parties?agent={write('agent', agent.public_id)}").json()["data"] == []


@pytest.mark.promise("P36")
@pytest.mark.parametrize(
    "said",
    [
        {"identifier": "110105 19491231 002x"},
        {"phone": "138-1234-5678"},
        {"name": "张伟", "born_on": "1949-12-31"},
    ],
    ids=["document", "phone", "name and birthday"],
)
def test_a_customer_is_found_by_particulars_in_the_body_and_the_search_leaves_a_trace(api, zhang, said):
    answer = search(api, purpose="customer_request", **said)
    assert answer.status_code == 200, answer.content
    assert [(row["id"], row["name"]) for row in answer.json()["data"]] == [(pty(zhang), "张*")]
    trace = accesses("searched").values("purpose", "object_id", "detail").get()
    assert trace == {"purpose": "customer_request", "object_id": None, "detail": {}}


def test_a_search_names_nobody_by_half_and_nobody_of_another_office(api, zhang):
    assert search(api, purpose="complaint", phone="5678").json()["data"] == []
    assert search(api, purpose="complaint", name="张", born_on="1949-12-31").json()["data"] == []
    neighbour = Api(a_token(make.a_branch("8631", parent=make.a_branch("86")), client="Neighbour"))
    assert search(neighbour, purpose="complaint", phone=PHONE).json()["data"] == []


@pytest.mark.parametrize(
    ("body", "pointer", "fault"),
    [
        ({"phone": PHONE}, "/purpose", "required"),
        ({"phone": PHONE, "purpose": "curiosity"}, "/purpose", "unknown_code"),
        ({"purpose": "complaint"}, "", "particulars_not_one"),
        ({"purpose": "complaint", "name": "张伟"}, "", "particulars_not_one"),
        ({"purpose": "complaint", "phone": PHONE, "identifier": ID_NUMBER}, "", "particulars_not_one"),
        ({"purpose": "complaint", "phone": 1}, "/phone", "not_a_text"),
    ],
)
def test_a_search_says_what_for_and_by_one_thing(api, zhang, body, pointer, fault):
    answer = search(api, **body)
    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [(pointer, fault)]
    assert PHONE not in answer.content.decode()
    assert not accesses("searched").exists()


def test_what_is_looked_for_never_stands_in_an_address(api, zhang):
    assert api.read(f"parties?phone={PHONE}").json()["code"] == "unknown_parameter"
    assert api.read("parties/search").status_code == 405
