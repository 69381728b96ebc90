"""When a message may go out, when it is tried or asked about again, how people are addressed (P07, P08, R3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from apps.parties.rules import form_of_address
from apps.parties.states import ContactKind
from apps.parties.values import Wishes

from .states import ChannelKind, Purpose

ONE_DAY = timedelta(days=1)
MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class SendingHours:
    """可发送时段 of a channel, on the office's wall clock; outside it people are left in peace (P07)."""

    opens: time
    closes: time

    @classmethod
    def parse(cls, text: str) -> "SendingHours":
        """``09:00-20:00``. Refuses hours that end before they begin."""
        opens, closes = (time.fromisoformat(part.strip()) for part in text.split("-"))
        if opens >= closes:
            raise ValueError(f"sending hours {text} end before they begin")
        return cls(opens, closes)

    def allow(self, at: datetime) -> bool:
        return self.opens <= at.time() < self.closes


ALL_DAY = SendingHours(time.min, time.max)


def tomorrow(at: datetime, hours: SendingHours) -> datetime:
    """When sending begins the day after ``at``: where a message goes that a customer's daily limit holds back (P07)."""
    return datetime.combine(at.date() + ONE_DAY, hours.opens, at.tzinfo)


def quiet_until(at: datetime, quiet: tuple[int, int], hours: SendingHours) -> datetime | None:
    """When a customer's quiet hours end, if ``at`` is within them (P07); ``quiet`` is from which hour to which.

    A wish that would leave no hour at all of those in which the channel sends is no wish.
    """
    first, end = quiet
    if first <= hours.opens.hour and hours.closes <= _clock(end):
        return None
    begin = datetime.combine(at.date(), time.min, at.tzinfo)
    return begin + timedelta(hours=end) if first <= at.hour < end else None


def _clock(hour: int) -> time:
    return time(hour) if hour < time.max.hour + 1 else time.max


def in_wished_order(
    channels: Sequence[ChannelKind],
    purpose: Purpose,
    wish: Wishes | None,
    contacts: Mapping[ChannelKind, ContactKind],
) -> tuple[ChannelKind, ...]:
    """The channels of a kind of message, those that a customer wishes for this purpose first.

    Only what the law orders goes by post for the asking. No wish takes a channel away.
    """
    if wish is None:
        return tuple(channels)
    by = {
        Purpose.SERVICE: wish.service_by,
        Purpose.STATUTORY: wish.statutory_by,
        Purpose.MARKETING: wish.marketing_by,
    }[purpose]
    if by == ContactKind.ADDRESS:
        return (ChannelKind.POST, *channels) if purpose == Purpose.STATUTORY else tuple(channels)
    return tuple(sorted(channels, key=lambda kind: by is None or contacts.get(kind) != by))


def within_cap(sent_today: int, cap: int, *, legal: bool) -> bool:
    """Whether one more message to this customer is within the daily limit; what the law orders always is (B-05)."""
    return legal or sent_today < cap


def backoff(attempts: int, first: timedelta, jitter: float) -> timedelta:
    """How long to wait after the n-th attempt: fourfold each time, moved by up to a fifth (P08). ``jitter`` is in 0..1.

    The jitter keeps a thousand messages that failed together from coming back together.
    """
    return first * 4 ** (attempts - 1) * (0.8 + 0.4 * jitter)


def exhausted(attempts: int) -> bool:
    return attempts >= MOST_ATTEMPTS


def ask_after(asked: int, schedule: Sequence[timedelta]) -> timedelta | None:
    """How long to wait before asking the provider again, having asked so often; None when it was asked enough (R3)."""
    return schedule[asked] if asked < len(schedule) else None


def still_of_use(expires_on: date | None, today: date) -> bool:
    return expires_on is None or today <= expires_on


def salutation(name: str, sex: str) -> str:
    """称呼: 尊敬的张先生 / 尊敬的欧阳女士; 尊敬的客户 where name or sex do not tell.

    The given name stays out: a message is read over shoulders.
    """
    return f"尊敬的{form_of_address(name, sex)}"
