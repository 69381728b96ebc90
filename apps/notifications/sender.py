"""The sender 发送: claim, send outside any transaction, record. What is due is in the rows; Redis only wakes (R2)."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from apps.core import clock
from apps.core.context import Context
from apps.core.failure import describe
from apps.operations.selectors import job_context

from . import channels, services
from .channels.base import Channel, OutgoingMessage, SendOutcome, Sent, Unknown
from .services import Claimed

JOB = "messages"
TAKEN = "taken"
"""What stands for a provider's number where it gives none."""
LONGEST_SECONDS = 40.0
"""After it a sender makes room; all channels together stay below the worker's time limit, which would break one off."""
Clock = Callable[[], datetime]


def drain(most: int = 5000, now: Clock = clock.now) -> int:
    """Send what is due on every channel that is set up, at most so many and for so long per channel.

    Returns how many were handed over: as long as there are any, there may be more.
    """
    return sum(_drain(channel, most, now) for channel in channels.usable().values())


def _drain(channel: Channel, most: int, now: Clock) -> int:
    """Batch by batch, each on the business day that is open then: days may close meanwhile."""
    handed, end = 0, time.monotonic() + LONGEST_SECONDS
    with channel.session():
        while handed < most and time.monotonic() < end:
            ctx = job_context(JOB)
            batch = services.claim(ctx, channel, now())
            if batch is None:
                break
            outcomes = _send(ctx, channel, batch, now)
            handed += sum(outcome is not None for outcome in outcomes.values())
            if None in outcomes.values():
                break
    return handed


def _send(ctx: Context, channel: Channel, batch: Sequence[Claimed], now: Clock) -> dict[int, SendOutcome | None]:
    """Hand the messages over one by one and note the outcomes; none is begun that might outlive its lease.

    On a channel that marks, whatever is not simply taken is noted at once: a crash may cost one answer, not fifty.
    """
    if connection.in_atomic_block:
        raise transaction.TransactionManagementError("messages are sent outside any transaction (P17)")
    last_start = time.monotonic() + settings.MESSAGE_LEASE_SECONDS - channel.timeout
    noted: dict[int, SendOutcome | None] = {}
    waiting: dict[int, SendOutcome | None] = {}
    taken: tuple[int, str] | None = None
    for claimed in batch:
        key = claimed.message_id
        if time.monotonic() > last_start:
            waiting[key] = None
        elif not channel.marks or services.mark(claimed, taken):
            waiting[key] = outcome = _hand_over(channel, claimed.outgoing)
            taken = (key, outcome.provider_ref or TAKEN) if isinstance(outcome, Sent) else None
            if channel.marks and taken is None:
                services.record_outcomes(ctx, channel, waiting, now())
                noted, waiting = noted | waiting, {}
    services.record_outcomes(ctx, channel, waiting, now())
    return noted | waiting


def _hand_over(channel: Channel, message: OutgoingMessage) -> SendOutcome:
    """A channel that breaks down leaves us not knowing."""
    try:
        return channel.send(message)
    except Exception as error:
        return Unknown(describe(error)[:200])


def ask(most: int = 1000, now: Clock = clock.now) -> int:
    """The janitor: ask providers about messages whose fate is not known, or not delivered yet; how many were asked."""
    ctx = job_context(JOB)
    return sum(_ask(ctx, channel, most, now) for channel in channels.usable().values())


def _ask(ctx: Context, channel: Channel, most: int, now: Clock) -> int:
    asked, end = 0, time.monotonic() + LONGEST_SECONDS
    with channel.session():
        while asked < most and time.monotonic() < end and (questions := services.take_questions(channel, now())):
            for public_id in questions:
                services.answer(ctx, public_id, channel.ask(public_id), now())
            asked += len(questions)
    return asked
