"""What a channel is, and what it may answer. A channel knows nothing of policies: it gets an address and a text."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.notifications.rules import ALL_DAY, SendingHours
from apps.notifications.states import ChannelKind, MessageStatus
from apps.parties.states import ContactKind


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One text to one address. ``public_id`` is the same at every attempt: the key a provider dedupes by (P02)."""

    public_id: UUID
    to: str
    subject: str
    text: str
    html: str
    short: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has it."""

    provider_ref: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider does not have it. ``retry`` if it may take it later; else it never will."""

    reason: str
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The provider may have it or not: no answer, or one that does not tell."""

    reason: str


SendOutcome = Sent | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Receipt:
    """回执: what became of a message, and when: accepted, delivered or failed."""

    status: MessageStatus
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NeverSeen:
    """The provider knows no message with this key."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The provider could not be asked just now."""


Answer = Receipt | NeverSeen | NoAnswer


class Channel:
    """渠道. ``dedupes`` declares that the provider sends once however often it gets the same key (R3).

    Without it a message whose fate is unknown is never sent again by itself, and messages are claimed one by one, so
    that a crash leaves at most one of them unknown.
    """

    kind: ChannelKind
    contact: ContactKind
    answers: bool = False
    dedupes: bool = False
    hours: SendingHours = ALL_DAY
    timeout: float

    @property
    def usable(self) -> bool:
        """Whether it is set up at all."""
        return True

    @property
    def batch(self) -> int:
        """How many messages a sender takes at once."""
        return 50 if self.dedupes else 1

    @contextmanager
    def session(self) -> Iterator[None]:
        """What is kept open while one sender works."""
        yield

    def send(self, message: OutgoingMessage) -> SendOutcome:
        """Hand one message to the provider. Never raises for what a provider or the network may do."""
        raise NotImplementedError

    def ask(self, public_id: UUID) -> Answer:
        """What the provider knows about this key; only where ``answers``."""
        return NoAnswer()
