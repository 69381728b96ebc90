"""Stale forms and the reach of an act on one object (P13, P44)."""

import random

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.models import Access
from apps.operations import services as operations
from apps.policies.models import Hold
from tests import factories as make
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db
KEY = "6f1f8b52-6c0b-4c57-9f0e-0b1d6a0f{:04d}"


@pytest.fixture
def policy(ctx):
    operations.open_first_day(ctx, TODAY)
    return make.a_policy(ctx, branch=make.a_branch("8644", make.a_branch("86")))


def sign_in(*roles, branch="8644") -> Client:
    client = Client(headers={"accept-language": "en"})
    user = make.a_user(*roles, branch=make.a_branch(branch))
    client.force_login(user, backend="apps.accounts.backends.AccountBackend")
    return client


def opened(client: Client, policy) -> dict:
    """The form as somebody has it on the screen."""
    form = client.get(place(policy)).context["form"]
    return {"seen": form["seen"].value(), "kind": "pledge", "reason": "What I typed."}


def place(policy) -> str:
    return reverse("admin:policies_policy_place_hold", args=[policy.pk])


@pytest.mark.promise("P13")
def test_a_form_opened_before_a_change_shows_the_change_and_keeps_what_was_typed(policy):
    slow, quick = sign_in("supervisor"), sign_in("supervisor")
    form = opened(slow, policy)
    quick.post(place(policy), {**opened(quick, policy), "key": KEY.format(1), "reason": "I was quicker."})
    answer = slow.post(place(policy), {**form, "key": KEY.format(2)})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "What I typed.</textarea>" in page
    assert "I was quicker." in page
    assert Hold.objects.filter(policy=policy).count() == 1
    again = {**form, "seen": answer.context["form"]["seen"].value(), "key": KEY.format(2), "kind": "dispute"}
    slow.post(place(policy), again)
    assert Hold.objects.filter(policy=policy).count() == 2


@pytest.mark.promise("P13")
def test_a_hundred_random_sequences_of_two_editors_overwrite_nothing_silently(policy):
    dice = random.Random(13)
    clients = [sign_in("supervisor"), sign_in("supervisor")]
    forms = [opened(client, policy) for client in clients]
    written = refused = 0
    for n in range(100):
        who = dice.randrange(2)
        if dice.random() < 0.4:
            forms[who] = opened(clients[who], policy)
            continue
        current = opened(clients[1 - who], policy)["seen"]
        answer = clients[who].post(place(policy), {**forms[who], "key": KEY.format(100 + n)})
        stale = forms[who]["seen"] != current
        assert (answer.status_code == 409) == stale
        written, refused = written + (answer.status_code == 302), refused + stale
        Hold.objects.filter(policy=policy, released_on=None).update(released_on=TODAY)
    assert written
    assert refused


@pytest.mark.promise("P67")
def test_a_double_click_is_no_stale_form(policy):
    client = sign_in("supervisor")
    form = {**opened(client, policy), "key": KEY.format(3)}
    assert [client.post(place(policy), form).status_code for _ in range(2)] == [302, 302]
    assert Hold.objects.filter(policy=policy).count() == 1


@pytest.mark.promise("P44")
def test_who_may_look_further_than_he_may_act_acts_only_in_his_branch(ctx, policy):
    far = make.a_policy(ctx, branch=make.a_branch("8631", make.a_branch("86")))
    receipts = {
        p: make.billing.key_receipt(
            ctx,
            policy_number=p.number,
            amount=make.Decimal("5.00"),
            channel="transfer",
            channel_ref=f"T-{p.number}",
            value_on=TODAY,
        )
        for p in (policy, far)
    }
    client = sign_in("supervisor", "compliance_officer")
    pages = {p: reverse("admin:billing_receipt_change", args=[receipts[p].pk]) for p in receipts}
    confirm = {p: reverse("admin:billing_receipt_confirm", args=[receipts[p].pk]) for p in receipts}
    assert confirm[policy] in client.get(pages[policy]).content.decode()
    assert confirm[far] not in client.get(pages[far]).content.decode()
    before = Access.objects.filter(kind="denied").count()
    assert client.post(confirm[far], {"key": KEY.format(4)}).status_code == 403
    assert Access.objects.filter(kind="denied").count() == before + 1
    assert client.post(confirm[policy], {"key": KEY.format(5)}).status_code == 302
