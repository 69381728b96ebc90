"""From an event to a text on a phone, with a gateway of our own at the other end."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import count

import pytest

from apps.audit import dispatch
from apps.core import clock
from apps.notifications import sender
from apps.notifications.models import Message
from apps.operations import services as operations
from apps.operations.agenda import REMIND
from tests import premiums
from tests.factories import a_person
from tests.premiums import Premium
from tests.storms import gateway as gateways

DAY = timedelta(days=1)
DUE = date(2026, 12, 15)
TODAY = DUE - 15 * DAY
_phones = count(13_800_000_000)


@pytest.fixture(autouse=True)
def no_gateway(settings):
    """Unless a test starts one; the inbox of development is none of these tests' business."""
    settings.SMS_GATEWAY_URL = ""


@pytest.fixture
def gateway(no_gateway, settings):
    """A real gateway on this machine, which behaves unless told otherwise; text messages may go out all day."""
    with gateways.running(gateways.Gateway()) as running:
        settings.SMS_GATEWAY_URL = running.url
        settings.SMS_GATEWAY_TIMEOUT = 0.3
        settings.SMS_HOURS = "00:00-23:59:59.999999"
        yield running


@pytest.fixture
def ctx(ctx):
    return ctx.on(TODAY)


@pytest.fixture
def checker(checker):
    return checker.on(TODAY)


@pytest.fixture
def today(ctx):
    """The open day: the fortnight before the premiums fall due begins."""
    operations.open_first_day(ctx, TODAY)
    return TODAY


def reachable(**known) -> Callable:
    """A person with a mobile phone and a mailbox."""
    number = next(_phones)
    return a_person("张伟", contacts=[("mobile", str(number)), ("email", f"{number}@example.com")], sex="1", **known)


@pytest.fixture
def reminded(ctx, today) -> Callable[..., tuple[Premium, Message]]:
    """``reminded()``: a premium whose reminder of tomorrow night's cadence has become a message."""

    def make(**terms) -> tuple[Premium, Message]:
        premium = premiums.a_premium(ctx, DUE, **{"holder": reachable(), **terms})
        premiums.night(ctx, TODAY - DAY, REMIND)
        written()
        return premium, Message.objects.get(policy=premium.policy)

    return make


def written() -> None:
    """Let the outbox deliver what was committed."""
    for subscriber in ("notifications", "notifications.fallback", "notifications"):
        dispatch.drain(subscriber)


def later(**by: float) -> Callable[[], datetime]:
    """A clock that is ahead."""
    return lambda: clock.now() + timedelta(**by)


def send(**ahead: float) -> int:
    """Let the sender run, with its clock ahead by so much."""
    return sender.drain(now=later(**ahead))
