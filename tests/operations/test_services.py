"""Business days and the agenda."""

from datetime import date, timedelta

import pytest

from apps.core.errors import BusinessError
from apps.operations import agenda, selectors, services
from apps.operations.models import Agenda, BusinessDay

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 22)


def entries(kind: str = agenda.BILL) -> list[tuple]:
    return list(
        Agenda.objects.filter(kind=kind).order_by("subject_id").values_list("due_on", "policy_id", "subject_id")
    )


def test_without_a_first_day_there_is_no_today():
    with pytest.raises(BusinessError) as refused:
        selectors.business_date()
    assert refused.value.code == "no_open_day"


def test_the_first_day_opens_once(ctx):
    services.open_first_day(ctx, DAY)
    assert selectors.business_date() == DAY
    assert selectors.job_context("night").business_date == DAY
    with pytest.raises(BusinessError) as refused:
        services.open_first_day(ctx, DAY + timedelta(days=1))
    assert refused.value.code == "day_already_open"
    assert BusinessDay.objects.count() == 1


def test_scheduling_again_moves_the_entry(ctx):
    services.schedule(agenda.BILL, [(DAY, 7, 70), (DAY, 8, 80)])
    services.schedule(agenda.BILL, [(DAY + timedelta(days=3), 7, 70)])
    services.schedule(agenda.REMIND, [(DAY, 7, 70)])
    assert entries() == [(DAY + timedelta(days=3), 7, 70), (DAY, 8, 80)]


def test_unscheduling_takes_only_that_kind(ctx):
    services.schedule(agenda.BILL, [(DAY, 7, 70)])
    services.schedule(agenda.REMIND, [(DAY, 7, 70)])
    services.unschedule(agenda.BILL, [70, 71])
    assert entries() == []
    assert entries(agenda.REMIND) == [(DAY, 7, 70)]


def test_nothing_to_schedule_is_nothing_written():
    services.schedule(agenda.BILL, [])
    assert entries() == []
