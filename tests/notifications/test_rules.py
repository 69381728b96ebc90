from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.notifications import rules
from apps.notifications.rules import SendingHours

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYTIME = SendingHours.parse("09:00-20:00")
moments = st.datetimes(timezones=st.just(SHANGHAI)).map(lambda at: at.replace(year=2026, day=min(at.day, 28)))


@pytest.mark.promise("P07")
def test_nobody_is_disturbed_outside_the_hours_on_any_minute_of_the_year():
    year = [datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minute) for minute in range(365 * 24 * 60)]
    assert {at.hour for at in year if DAYTIME.allow(at)} == set(range(9, 20))


def test_hours_that_end_before_they_begin_are_refused():
    with pytest.raises(ValueError, match="20:00-09:00"):
        SendingHours.parse("20:00-09:00")


@pytest.mark.promise("P07")
@given(moments)
def test_a_message_held_back_goes_out_tomorrow_within_the_hours(at):
    later = rules.tomorrow(at, DAYTIME)
    assert later.date() == at.date() + timedelta(days=1)
    assert DAYTIME.allow(later)


@pytest.mark.promise("P07")
@given(st.integers(0, 50), st.integers(1, 20), st.booleans())
def test_the_daily_limit_holds_back_all_but_what_the_law_orders(sent, cap, legal):
    assert rules.within_cap(sent, cap, legal=legal) == (legal or sent < cap)


@pytest.mark.promise("P08")
@given(st.integers(1, rules.MOST_ATTEMPTS), st.floats(0, 1))
def test_waits_grow_fourfold_and_never_march_in_step(attempts, jitter):
    wait = rules.backoff(attempts, timedelta(minutes=1), jitter)
    exact = timedelta(minutes=4 ** (attempts - 1))
    assert exact * 0.79 <= wait <= exact * 1.21


def test_a_provider_is_asked_after_five_minutes_an_hour_and_on_five_days():
    schedule = [timedelta(minutes=5), timedelta(hours=1), *5 * [timedelta(days=1)]]
    assert [rules.ask_after(asked, schedule) for asked in range(8)] == [*schedule, None]


def test_what_has_no_end_is_always_of_use():
    assert rules.still_of_use(None, date(2099, 1, 1))
    assert rules.still_of_use(date(2026, 1, 1), date(2026, 1, 1))
    assert not rules.still_of_use(date(2026, 1, 1), date(2026, 1, 2))


@pytest.mark.parametrize(
    ("name", "sex", "expected"),
    [
        ("张伟", "1", "尊敬的张先生"),
        ("李娜", "2", "尊敬的李女士"),
        ("欧阳锋", "1", "尊敬的欧阳先生"),
        ("诸葛孔明", "1", "尊敬的诸葛先生"),
        ("东方", "2", "尊敬的东女士"),
        ("王小明", "0", "尊敬的客户"),
        ("John Smith", "1", "尊敬的客户"),
        ("上海示例贸易有限公司", "0", "尊敬的客户"),
        ("", "1", "尊敬的客户"),
    ],
)
def test_people_are_addressed_by_surname_and_title(name, sex, expected):
    assert rules.salutation(name, sex) == expected


def test_all_day_means_all_day():
    assert rules.ALL_DAY.allow(datetime.combine(date(2026, 1, 1), time(23, 59, 59), SHANGHAI))
