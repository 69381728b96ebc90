"""One act on many rows: shown first, done row by row, answered row by row (screen S20)."""

from decimal import Decimal

import pytest
from django.test import Client

from apps.billing import services as billing
from apps.billing.models import Receipt
from apps.billing.states import Channel
from apps.core.context import Context
from apps.core.models import IdempotencyKey
from apps.operations import services as operations
from tests.conftest import TODAY
from tests.factories import a_branch, a_policy, a_user, the_system

pytestmark = pytest.mark.django_db

LIST = "/admin/billing/receipt/"
BULK = f"{LIST}bulk/"
KEY = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def supervisor(client: Client):
    operations.open_first_day(the_system(), TODAY)
    user = a_user("supervisor", branch=a_branch())
    client.force_login(user, backend="apps.accounts.backends.AccountBackend")
    return user


def a_keyed_receipt(branch, person: str = "maker") -> Receipt:
    policy = a_policy(branch=branch)
    return billing.key_receipt(
        Context(actor=f"user:{person}", person=person, business_date=TODAY),
        policy_number=policy.number,
        amount=Decimal("5.00"),
        channel=Channel.TRANSFER,
        channel_ref=f"T-{policy.number}",
        value_on=TODAY,
    )


def address(*receipts: Receipt, act: str = "confirm") -> str:
    return f"{BULK}?act={act}&" + "&".join(f"ids={receipt.pk}" for receipt in receipts)


def states(*receipts: Receipt) -> list[str]:
    return [Receipt.objects.get(pk=receipt.pk).status for receipt in receipts]


def test_the_preview_says_of_each_row_whether_it_will_be_done_and_why_not(client, supervisor):
    good, own = a_keyed_receipt(supervisor.branch), a_keyed_receipt(supervisor.branch, supervisor.person)
    page = client.get(address(good, own), headers={"accept-language": "en"})
    assert page.status_code == 200
    assert page.context["able"] == 1
    assert "The same person may not both enter and confirm." in page.content.decode()
    assert states(good, own) == ["KEYED", "KEYED"]


def test_each_row_is_done_or_refused_on_its_own(client, supervisor):
    good, own = a_keyed_receipt(supervisor.branch), a_keyed_receipt(supervisor.branch, supervisor.person)
    answer = client.post(address(good, own), {"key": KEY})
    assert (answer.status_code, answer["Location"]) == (302, f"{BULK}?result={KEY}")
    assert states(good, own) == ["CONFIRMED", "KEYED"]
    result = client.get(answer["Location"])
    assert (result.context["done"], result.context["refused"]) == (1, 1)
    file = client.get(f"{BULK}?result={KEY}&format=csv")
    assert file["Content-Disposition"] == f'attachment; filename="{KEY}.csv"'
    lines = file.content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [good.number, own.number]
    assert "same_person" in lines[2]


@pytest.mark.promise("P67")
def test_sent_twice_it_is_done_once(client, supervisor):
    receipts = [a_keyed_receipt(supervisor.branch) for _ in range(3)]
    for _ in range(2):
        assert client.post(address(*receipts), {"key": KEY}).status_code == 302
    assert states(*receipts) == ["CONFIRMED"] * 3
    assert IdempotencyKey.objects.filter(key__startswith=KEY).count() == 4


def test_all_that_match_are_those_the_list_shows(client, supervisor):
    near, far = a_keyed_receipt(supervisor.branch), a_keyed_receipt(a_branch("8631"))
    page = client.get(f"{BULK}?act=confirm&all=yes&status=KEYED")
    assert page.context["chosen"] == 1
    client.post(f"{BULK}?act=confirm&all=yes&status=KEYED", {"key": KEY})
    assert states(near, far) == ["CONFIRMED", "KEYED"]


def test_a_row_of_another_branch_is_not_even_counted(client, supervisor):
    far = a_keyed_receipt(a_branch("8631"))
    assert client.get(address(far)).context["chosen"] == 0
    client.post(address(far), {"key": KEY})
    assert states(far) == ["KEYED"]


def test_more_rows_than_allowed_are_refused_and_nothing_is_done(client, supervisor, monkeypatch):
    monkeypatch.setattr("apps.accounts.permissions.most_rows", lambda user, permission: 1)
    receipts = [a_keyed_receipt(supervisor.branch) for _ in range(2)]
    for wish in (address(*receipts), f"{BULK}?act=confirm&all=yes"):
        assert client.post(wish, {"key": KEY}).status_code == 422
    assert states(*receipts) == ["KEYED"] * 2


def test_an_act_without_its_reason_is_kept_back(client, supervisor):
    receipt = a_keyed_receipt(supervisor.branch)
    assert client.post(address(receipt, act="reject"), {"key": KEY, "reason": " "}).status_code == 200
    assert states(receipt) == ["KEYED"]


@pytest.mark.parametrize(
    "query", ["", "act=no_such", "act=reverse&ids=1", "act=confirm&ids=x&ids=", "act=confirm&ids=9" * 9]
)
def test_rubbish_chooses_nothing(client, supervisor, query):
    assert client.get(f"{BULK}?{query}").status_code == 200


def test_who_may_not_act_in_bulk_sees_no_boxes(client):
    operations.open_first_day(the_system(), TODAY)
    user = a_user("compliance_officer", branch=a_branch())
    client.force_login(user, backend="apps.accounts.backends.AccountBackend")
    a_keyed_receipt(user.branch)
    assert 'name="ids"' not in client.get(LIST).content.decode()
    assert client.get(BULK).status_code == 403
