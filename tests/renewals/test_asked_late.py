"""Premium billed at every distance from its due date: whom the nights tell, when, and what stands on record."""

from datetime import date, timedelta

import pytest

from apps.billing import services as billing
from apps.billing.models import Instalment
from apps.operations.agenda import BILL, GRACE, LAPSE, REMIND
from apps.operations.models import Agenda
from apps.products.terms import DEFAULT_REMINDERS
from apps.renewals.models import Reminder
from tests.factories import a_policy
from tests.premiums import night

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FIRST = date(2026, 11, 23)
CADENCE = DEFAULT_REMINDERS["annual"]
BILLED_BEFORE = 35


def taken_over(ctx, ahead: int) -> Instalment:
    """A policy that came from another system on ``FIRST``; its next premium is due so many days later."""
    due_on = FIRST + ahead * DAY
    policy = a_policy(
        ctx, effective_on=due_on.replace(year=due_on.year - 2), paid_to=due_on, frequency="annual", cutover_on=FIRST
    )
    return Instalment.objects.get(policy=policy)


def expected_first(ahead: int) -> date:
    """Tomorrow if a stage has been missed, and else the day of the first stage."""
    return max(FIRST + DAY, FIRST + (ahead + CADENCE[0]) * DAY)


@pytest.mark.promise("P05")
def test_whoever_comes_late_hears_of_his_premium_the_next_day_and_of_every_stage_after_that(ctx):
    premiums = {ahead: taken_over(ctx, ahead) for ahead in range(41)}
    for count in range(41 + 62):
        night(ctx, FIRST + count * DAY, BILL, GRACE, LAPSE, REMIND)
        if count == 0:
            billed = {premiums[ahead].pk for ahead in range(BILLED_BEFORE + 1)}
            planned = Reminder.objects.filter(status="planned").values_list("instalment", flat=True)
            on_agenda = set(Agenda.objects.filter(kind=REMIND).values_list("subject_id", flat=True))
            assert billed == on_agenda
            assert set(planned) == {premiums[ahead].pk for ahead in range(-CADENCE[0] + 2)}
    for ahead, premium in premiums.items():
        reminders = Reminder.objects.filter(instalment=premium).order_by("stage")
        assert tuple(reminders.values_list("stage", flat=True)) == CADENCE, ahead
        told = [each for each in reminders if each.status == "planned"]
        assert told[0].planned_on + DAY == max(expected_first(ahead), told[0].stage_on), ahead
        assert told[0].planned_on == expected_first(ahead) - DAY, ahead
        late = [each for each in reminders if each.status == "skipped"]
        assert all(each.reason == "superseded" and each.stage < told[0].stage for each in late), ahead
        assert len(told) + len(late) == len(CADENCE)


@pytest.mark.parametrize(
    ("ahead", "stage", "stage_on"),
    [(0, 7, 1), (1, 0, 1), (5, -7, -2), (15, -15, 0), (20, -30, -10), (30, -30, 0), (31, -30, 1)],
)
def test_the_latest_stage_still_of_use_is_the_one_he_gets(ctx, ahead, stage, stage_on):
    taken_over(ctx, ahead)
    night(ctx, FIRST, BILL, REMIND)
    assert Reminder.objects.filter(status="planned").values_list("stage", "stage_on").get() == (
        stage,
        FIRST + stage_on * DAY,
    )


def test_premium_billed_when_grace_has_long_begun_is_asked_for_at_once(ctx):
    premium = taken_over(ctx, 5)
    billing.bill(ctx.on(FIRST + 25 * DAY), [premium.pk])
    night(ctx, FIRST + 25 * DAY, REMIND)
    planned = Reminder.objects.filter(status="planned").values_list("stage", flat=True)
    assert list(planned) == [15]
