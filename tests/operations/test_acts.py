"""Closing days from the page, when the workers are there and when they are not."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from apps.core.models import IdempotencyKey
from apps.operations import selectors as days
from apps.operations import services as operations
from apps.operations import tasks
from tests import factories as make
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db
FORM = {"key": "6f1f8b52-6c0b-4c57-9f0e-0b1d6a0f6a11", "days": "3"}


@pytest.fixture
def client(ctx) -> Client:
    operations.open_first_day(ctx, TODAY)
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.a_user("supervisor"), backend="apps.accounts.backends.AccountBackend")
    return client


def test_a_close_that_no_worker_heard_of_is_not_said_to_be_handed_over(client, monkeypatch):
    asked: list[tuple] = []

    def publish(args: tuple, retry: bool) -> None:
        asked.append(args)
        if len(asked) == 1:
            raise OperationalError("connection refused")

    monkeypatch.setattr(tasks.close_day, "apply_async", publish)
    address = reverse("admin:operations_run_close")
    refused = client.post(address, FORM)
    assert refused.status_code == 422
    assert "The workers cannot be reached" in refused.content.decode()
    assert not IdempotencyKey.objects.exists()
    assert [client.post(address, FORM).status_code for _ in range(2)] == [302, 302]
    assert [date.fromisoformat(through) for through, *_ in asked] == [date(2026, 11, 24)] * 2


def test_a_dry_run_of_a_year_is_refused_and_one_of_a_day_changes_nothing(client):
    address = reverse("admin:operations_run_close")
    refused = client.post(address, FORM | {"days": "32", "dry_run": "1"})
    assert refused.status_code == 422
    assert "At most 31 days" in refused.content.decode()
    assert client.post(address, FORM | {"days": "1", "dry_run": "1"}).status_code == 200
    assert days.business_date() == TODAY
