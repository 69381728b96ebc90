"""The renewal board (screen S12.1)."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from apps.billing import selectors
from apps.billing import services as billing
from apps.billing.models import Instalment
from apps.billing.states import InstalmentStatus as S
from apps.operations import services as operations
from tests import factories as make
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def billed():
    ctx, branch = make.the_system(), make.a_branch("8644", parent=make.a_branch("86"))
    operations.open_first_day(ctx, TODAY)
    policy = make.a_policy(ctx, branch=branch, effective_on=TODAY.replace(year=2024), paid_to=TODAY)
    billing.start_schedule(ctx, [policy.pk])
    instalment = Instalment.objects.get(policy=policy)
    billing.bill(ctx, [instalment.pk])
    return instalment


def counted(user):
    return selectors.counts_by_month(user, [NOVEMBER], [S.BILLED, S.PAID])


def test_instalments_are_counted_by_month_and_state_within_the_scope(billed):
    near, far = make.a_user("renewal_clerk", branch=billed.policy.branch), make.a_user("renewal_clerk")
    other = make.a_user("renewal_clerk", branch=make.a_branch("8631"))
    assert counted(near) == counted(far) == {(NOVEMBER[0], S.BILLED): 1, (NOVEMBER[0], S.PAID): 0}
    assert set(counted(other).values()) == {0}
    assert set(counted(make.a_user("system_admin")).values()) == {0}


def test_a_count_stops_one_beyond_the_most(billed, monkeypatch):
    monkeypatch.setattr(selectors, "MOST_COUNTED", 0)
    assert counted(make.a_user("renewal_clerk"))[NOVEMBER[0], S.BILLED] == 1


def test_each_number_leads_to_its_rows(billed, django_assert_max_num_queries):
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.a_user("renewal_clerk"), backend="apps.accounts.backends.AccountBackend")
    client.get("/admin/")
    with django_assert_max_num_queries(8):
        page = client.get(reverse("admin:billing_instalment_board")).content.decode()
    rows = "/admin/billing/instalment/?status=BILLED&amp;due_from=2026-11-01&amp;due_to=2026-11-30"
    assert f'<a href="{rows}">1</a>' in page
    assert billed.policy.number in client.get(rows.replace("&amp;", "&")).content.decode()
