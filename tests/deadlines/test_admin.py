"""Announcing a year from the page: a preview that changes nothing, then the announcement (T-06)."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from apps.deadlines.models import CalendarYear, Deadline
from apps.operations import services as operations
from tests import factories as make
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db
KEY = "6f1f8b52-6c0b-4c57-9f0e-0b1d6a0f{:04d}"
ANNOUNCE = {"year": "2027", "holidays": "2027-01-01 .. 2027-01-03", "makeup_days": ""}


@pytest.fixture
def client(ctx) -> Client:
    operations.open_first_day(ctx, TODAY)
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.a_user("compliance_officer"), backend="apps.accounts.backends.AccountBackend")
    return client


@pytest.fixture
def deadline() -> Deadline:
    """Ten working days from 21 December 2026, counted by weekends alone through January."""
    return Deadline.objects.create(
        clock="LAPSE_NOTICE",
        subject_type="row",
        subject_id=1,
        started_on=date(2026, 12, 21),
        due_on=date(2027, 1, 4),
        warn_on=date(2026, 12, 31),
        provisional=True,
    )


def test_a_preview_shows_the_days_and_changes_nothing(client, deadline):
    page = client.post(
        reverse("admin:deadlines_calendaryear_announce"), {"key": KEY.format(1), **ANNOUNCE, "preview": "yes"}
    )
    assert "Preview: nothing was changed" in page.content.decode()
    assert page.context["effect"].counted == 1
    assert not CalendarYear.objects.exists()
    deadline.refresh_from_db()
    assert deadline.provisional


def test_an_announced_year_counts_again_what_was_estimated(client, deadline):
    address = reverse("admin:deadlines_calendaryear_announce")
    effect = client.post(address, {"key": KEY.format(2), **ANNOUNCE, "preview": "yes"}).context["effect"]
    client.post(address, {"key": KEY.format(3), **ANNOUNCE})
    deadline.refresh_from_db()
    assert not deadline.provisional
    assert [move.after for move in effect.moves] == [deadline.due_on] * bool(effect.moves)
    assert CalendarYear.objects.get().holidays == ["2027-01-01", "2027-01-02", "2027-01-03"]


@pytest.mark.parametrize("line", ["2027-02-30", "tomorrow", "2027-03-01 .. 2027-02-01"])
def test_a_line_that_is_no_day_is_named_and_the_form_kept(client, line):
    form = {"key": KEY.format(4), **ANNOUNCE, "holidays": line}
    answer = client.post(reverse("admin:deadlines_calendaryear_announce"), form)
    assert answer.status_code == 422
    assert line in answer.content.decode()
    assert not CalendarYear.objects.exists()
