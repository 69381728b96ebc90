"""Keys of repeated requests come to an end, and are new again."""

from datetime import timedelta

import pytest

from apps.core import clock, idempotency
from apps.core.errors import Conflict
from apps.core.idempotency import Kept
from apps.core.models import IdempotencyKey

pytestmark = pytest.mark.django_db


def answer(number=[0]):  # noqa: B006 counts the times it is asked
    number[0] += 1
    return Kept(201, str(number[0]).encode(), {"ETag": "x"})


@pytest.mark.promise("P67")
def test_a_key_whose_time_is_over_is_new():
    ask = {"client": "key:a", "key": "k", "asked": "1", "act": answer, "keep": timedelta(hours=24)}
    first, again = idempotency.answered_once(**ask), idempotency.answered_once(**ask)
    assert (again.body, again.headers, again.replayed) == (first.body, {"ETag": "x"}, True)
    with pytest.raises(Conflict) as conflict:
        idempotency.answered_once(**ask | {"asked": "2"})
    assert conflict.value.code == "idempotency_key_reused"
    IdempotencyKey.objects.update(expires_at=clock.now())
    anew = idempotency.answered_once(**ask | {"asked": "2"})
    assert (anew.replayed, anew.body == first.body) == (False, False)


def test_what_is_over_is_forgotten():
    idempotency.answered_once("key:a", "old", "1", answer, timedelta(hours=-1))
    idempotency.answered_once("key:a", "new", "1", answer, timedelta(hours=1))
    assert idempotency.purge() == 1
    assert IdempotencyKey.objects.get().key == "new"
