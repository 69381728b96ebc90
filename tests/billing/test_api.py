"""Money through the API: a program enters, a person confirms, and a call made twice counts once."""

import pytest
from django.test import Client

from apps.billing.models import Posting, Receipt
from apps.core.api.ids import write
from tests import factories as make
from tests.api.client import Api, a_token
from tests.api.conftest import day, pol  # noqa: F401
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(day):  # noqa: F811
    return Api(a_token())


def money_for(policy, **changes):
    return body_for(pol(policy)) | changes


def body_for(policy_id):
    return {
        "policy": policy_id,
        "amount": {"amount": "1200.00", "currency": "CNY"},
        "channel": "third_party",
        "transaction_number": "W-1",
        "value_on": TODAY.isoformat(),
    }


@pytest.mark.promise("P67")
def test_a_receipt_sent_twice_by_accident_counts_once(api):
    policy = make.a_policy()
    first, second = (api.send("receipts", money_for(policy), key="one") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert (first["Location"], first["ETag"]) == (second["Location"], second["ETag"])
    assert Receipt.objects.count() == 1
    assert not Posting.objects.exists(), "nothing is posted before a person has confirmed it"
    assert api.get(first["Location"]).json()["status"] == "keyed"


@pytest.mark.promise("P67")
def test_a_key_used_for_another_body_is_refused(api):
    policy = make.a_policy()
    api.send("receipts", money_for(policy), key="one")
    answer = api.send("receipts", money_for(policy, transaction_number="W-2"), key="one")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Receipt.objects.count() == 1


def test_the_same_payment_under_another_key_is_a_duplicate(api):
    policy = make.a_policy()
    api.send("receipts", money_for(policy))
    answer = api.send("receipts", money_for(policy))
    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_payment")
    assert answer.json()["errors"][0]["pointer"] == "/transaction_number"


def test_every_fault_is_named_at_its_place_and_a_corrected_body_may_reuse_the_key(api):
    policy = make.a_policy()
    wrong = money_for(policy, amount={"amount": 1200, "currency": "CNY"}, value_on="22.11.2026", channel="cash")
    answer = api.send("receipts", wrong, key="one")
    assert answer.status_code == 422
    assert {fault["pointer"]: fault["code"] for fault in answer.json()["errors"]} == {
        "/amount": "not_money",
        "/value_on": "not_a_day",
        "/channel": "unknown_code",
    }
    assert api.send("receipts", money_for(policy), key="one").status_code == 201


def test_a_rule_of_the_service_points_to_its_field(api):
    policy = make.a_policy()
    answer = api.send("receipts", money_for(policy, value_on="2027-01-01"))
    assert (answer.status_code, answer.json()["code"]) == (422, "business_rule_refused")
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [
        ("/value_on", "value_date_in_future")
    ]


@pytest.mark.promise("P44")
def test_a_policy_beyond_the_keys_office_answers_like_one_that_does_not_exist(api):
    near, far = make.a_branch("8644", parent=make.a_branch()), make.a_branch("8631", parent=make.a_branch())
    key = Api(a_token(near, client="Branch app"))
    beyond = key.send("receipts", money_for(make.a_policy(branch=far)))
    nothing = key.send("receipts", money_for(make.a_policy(branch=near)) | {"policy": "pol_" + "a" * 26})
    assert beyond.status_code == nothing.status_code == 422
    assert beyond.json()["errors"] == nothing.json()["errors"]
    assert not Receipt.objects.exists()


@pytest.mark.promise("P47")
@pytest.mark.promise("P51")
def test_a_key_never_confirms_and_says_so_beforehand(api):
    address = api.send("receipts", money_for(make.a_policy()))["Location"]
    offers = api.get(address).json()["available_actions"]
    assert [(each["action"], each["why_not"]["code"]) for each in offers] == [
        ("confirm", "human_only_action"),
        ("reject", "human_only_action"),
    ]
    answer = api.send(f"{address.removeprefix('/api/v1/')}/confirm", if_match='"x"')
    assert (answer.status_code, answer.json()["code"]) == (403, "human_only_action")


def person(*roles, **details):
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.a_user(*roles, **details), backend="apps.accounts.backends.AccountBackend")
    return client


@pytest.mark.promise("P12")
@pytest.mark.promise("P13")
def test_a_person_confirms_what_he_has_read(api):
    address = api.send("receipts", money_for(make.a_policy()))["Location"]
    boss = person("supervisor")
    seen = boss.get(address)
    assert seen.json()["available_actions"] == [
        {"action": "confirm", "allowed": True},
        {"action": "reject", "allowed": True},
    ]
    act = {"path": f"{address}/confirm", "content_type": "application/json"}
    without = boss.post(**act, headers={"idempotency-key": "a"})
    assert (without.status_code, without.json()["code"]) == (428, "precondition_required")
    stale = boss.post(**act, headers={"idempotency-key": "a", "if-match": '"00000000000000000000"'})
    assert (stale.status_code, stale["ETag"]) == (412, seen["ETag"])
    done = boss.post(**act, headers={"idempotency-key": "a", "if-match": seen["ETag"]})
    assert (done.status_code, done.json()["status"]) == (200, "confirmed")
    again = boss.post(**act, headers={"idempotency-key": "b", "if-match": done["ETag"]})
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")


@pytest.mark.promise("P47")
def test_the_owner_of_a_key_does_not_confirm_what_it_entered(day):  # noqa: F811
    boss = make.a_user("supervisor", username="both")
    api = Api(a_token(owner=boss))
    address = api.send("receipts", money_for(make.a_policy()))["Location"]
    client = Client(headers={"accept-language": "en"})
    client.force_login(boss, backend="apps.accounts.backends.AccountBackend")
    seen = client.get(address)
    offered = seen.json()["available_actions"][0]
    assert offered["why_not"]["code"] == "separation_of_duties"
    headers = {"idempotency-key": "a", "if-match": seen["ETag"]}
    answer = client.post(f"{address}/confirm", content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "separation_of_duties")


def test_the_staff_read_which_program_entered_a_receipt(api, django_assert_num_queries):
    from apps.accounts.selectors import names_of
    from apps.core.admin import who

    address = api.send("receipts", money_for(make.a_policy()))["Location"]
    receipt = Receipt.objects.get()
    assert receipt.keyed_by.startswith("key:")
    page = person("supervisor").get(f"/admin/billing/receipt/{receipt.pk}/").content.decode()
    assert "Customer app" in page
    assert receipt.keyed_by.removeprefix("key:") not in page.partition('id="history"')[0]
    with django_assert_num_queries(0):
        assert [who(receipt.keyed_by)] * 3 == [who(receipt.keyed_by) for _ in range(3)] == ["Customer app"] * 3
    assert names_of([receipt.keyed_by]) == {receipt.keyed_by: "Customer app"}
    assert api.get(address).status_code == 200


def test_instalments_are_listed_by_their_due_day(api):
    from apps.billing import services as billing

    policy = make.a_policy()
    billing.start_schedule(make.the_system(), [policy.pk])
    row = policy.instalments.get()
    found = api.read(f"instalments?policy={pol(policy)}&due_after={row.due_on}&sort=due_on").json()["data"]
    assert [each["id"] for each in found] == [write("instalment", row.public_id)]
    assert api.read(f"instalments?due_before={row.due_on}").json()["data"] == []


@pytest.mark.promise("P44")
def test_who_sees_further_than_he_may_confirm_confirms_in_his_branch_only(api):
    far = make.a_policy(branch=make.a_branch("8631", make.a_branch("86")))
    address = api.send("receipts", money_for(far))["Location"]
    boss = make.a_user("supervisor", "compliance_officer", branch=make.a_branch("8644", make.a_branch("86")))
    client = Client(headers={"accept-language": "en"})
    client.force_login(boss, backend="apps.accounts.backends.AccountBackend")
    seen = client.get(address)
    assert {each["why_not"]["code"] for each in seen.json()["available_actions"]} == {"permission_denied"}
    headers = {"idempotency-key": "a", "if-match": seen["ETag"]}
    answer = client.post(f"{address}/confirm", content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert Receipt.objects.get().status == "KEYED"
