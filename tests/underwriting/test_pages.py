"""The underwriter's pages: the queue, a referral, the decision (screen S9)."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.core.errors import Refusal
from apps.operations import services as operations
from apps.underwriting import selectors
from apps.underwriting import services as underwriting
from apps.underwriting.models import Referral
from tests import factories as make
from tests.conftest import TODAY
from tests.factories import as_user

pytestmark = pytest.mark.django_db
KEY = "6f1f8b52-6c0b-4c57-9f0e-0b1d6a2f{:04d}"
LIST = "/admin/underwriting/referral/"


@pytest.fixture
def office(ctx):
    operations.open_first_day(ctx, TODAY)
    return make.a_branch("8644", make.a_branch("86"))


@pytest.fixture
def clerk(office):
    return make.a_user("endorsement_clerk", branch=office, username="clerk9")


@pytest.fixture
def referral(ctx, office, clerk):
    policy = make.a_policy(ctx, branch=office)
    return underwriting.refer(
        as_user(clerk),
        policy_id=policy.pk,
        subject_type="submissions.application",
        subject_id=1,
        reasons=[Refusal("sum_at_risk_above_limit", {"amount": Decimal("800000"), "limit": Decimal("500000")})],
        facts={"age": 40, "items": [{"code": "SUM_ASSURED_INCREASE", "change": {"sum_assured": "800000.00"}}]},
        amount=Decimal("800000"),
    )


def client_of(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="apps.accounts.backends.AccountBackend")
    return client


def address(act: str, referral: Referral) -> str:
    return reverse(f"admin:underwriting_referral_{act}", args=[referral.pk])


def test_a_referral_is_taken_examined_and_left_to_the_supervisor_above_ones_authority(office, referral):
    assistant = make.a_user("underwriting_assistant", branch=office, username="uw")
    supervisor = make.a_user("supervisor", branch=office, username="boss")
    client, boss = client_of(assistant), client_of(supervisor)
    assert f"{LIST}?status=OPEN&amp;taken=none" in client.get("/admin/").content.decode()
    page = client.get(address("change", referral)).content.decode()
    assert "The sum at risk of 800000 is above the limit of 500000." in page
    assert "SUM_ASSURED_INCREASE" in page
    assert address("take", referral) in page
    assert address("accept", referral) not in page, "not his yet"

    assert client.post(address("take", referral), {"key": KEY.format(1)}).status_code == 302
    assert "above your authority of 500000.00" in client.get(address("change", referral)).content.decode()
    client.post(address("order_exam", referral), {"key": KEY.format(2), "exam": "medical"})
    client.post(address("exam_report", referral), {"key": KEY.format(3)})
    form = {"key": KEY.format(4), "reason": "meniscus", "extra_percent": "25", "extra_per_mille": "0", "exclusion": ""}
    assert client.post(address("accept", referral), form).status_code == 403
    assert Referral.objects.get().status == "OPEN"

    assert address("accept_above", referral) in boss.get(address("change", referral)).content.decode()
    form |= {"key": KEY.format(5), "exclusion": "left knee"}
    assert boss.post(address("accept_above", referral), form).status_code == 302
    decided = boss.get(address("change", referral)).content.decode()
    assert "left knee" in decided
    assert "25.00" in decided
    assert selectors.decision_of(referral.pk).extra_percent == Decimal("25")
    assert address("accept_above", referral) not in decided, "it is over"


@pytest.mark.promise("P47")
def test_who_asked_sees_why_he_may_not_decide(office, clerk, referral):
    both = make.a_user("supervisor", branch=office, person=clerk.person, username="twin")
    client = client_of(both)
    assert "The same person may not both enter and confirm." in client.get(address("change", referral)).content.decode()
    form = {"key": KEY.format(6), "reason": "mine"}
    assert client.post(address("decline_above", referral), form).status_code == 403
    assert Referral.objects.get().status == "OPEN"


@pytest.mark.promise("P44")
def test_a_referral_of_another_office_is_not_there(referral):
    stranger = make.a_user("underwriting_assistant", branch=make.a_branch("8631", make.a_branch("86")))
    client = client_of(stranger)
    assert client.get(address("change", referral)).status_code == 404
    assert client.post(address("take", referral), {"key": KEY.format(7)}).status_code == 404
    assert Referral.objects.get().assignee is None


def test_a_clerk_follows_his_referral_and_decides_nothing(clerk, referral):
    client = client_of(clerk)
    page = client.get(address("change", referral)).content.decode()
    for act in ("take", "accept", "accept_above", "decline", "order_exam", "assign"):
        assert address(act, referral) not in page
        assert client.post(address(act, referral), {"key": KEY.format(8)}).status_code == 403
    tab = reverse("admin:policies_policy_change", args=[referral.policy_id]) + "?tab=referrals"
    assert referral.number in client.get(tab).content.decode()


def test_the_supervisor_gives_it_to_an_underwriter(office, referral):
    make.a_user("underwriting_assistant", branch=office, username="uw")
    chosen = make.a_user("underwriting_assistant", branch=office, username="uw2")
    boss = client_of(make.a_user("supervisor", branch=office, username="boss"))
    form = {"key": KEY.format(9), "underwriter_id": chosen.pk}
    assert boss.post(address("assign", referral), form).status_code == 302
    assert Referral.objects.get().assignee == chosen
    assert referral.number in client_of(chosen).get(f"{LIST}?taken=some").content.decode()
    assert referral.number not in client_of(chosen).get(f"{LIST}?taken=none").content.decode()
