"""Rate limits: a bucket for each caller, with Redis and without."""

import pytest
from django.conf import settings

from apps.core.api import limits
from apps.core.api.limits import Keeper

from .client import Api

AWAY = "redis://127.0.0.1:1/0"


@pytest.mark.promise("P70")
@pytest.mark.parametrize("url", [settings.REDIS_URL, AWAY], ids=["with Redis", "without"])
def test_a_bucket_lets_a_minutes_calls_through_and_then_says_when(url):
    keeper, bucket = Keeper(url), f"test:{url}:{id(url)}"
    verdicts = [keeper.take(bucket, 5) for _ in range(7)]
    assert [each.allowed for each in verdicts] == [True] * 5 + [False] * 2
    assert verdicts[0].headers["RateLimit-Remaining"] == "4"
    assert 1 <= int(verdicts[-1].headers["Retry-After"]) <= 12


@pytest.mark.promise("P70")
@pytest.mark.django_db
def test_too_many_calls_answer_429_and_too_many_strangers_too(api, monkeypatch, settings):
    keeper = Keeper(AWAY)
    monkeypatch.setattr(limits, "_keeper", lambda: keeper)
    settings.API_CALLS_A_MINUTE = 3
    assert [api.read("me").status_code for _ in range(4)] == [200, 200, 200, 429]
    last = api.read("me")
    assert last.json()["code"] == "rate_limited"
    assert int(last["Retry-After"]) >= 1
    assert [Api().read("me").status_code for _ in range(4)] == [401, 401, 401, 429]
