"""What a channel is, and what it may answer. A channel knows nothing of policies: it gets an address and a text."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.notifications.rules import ALL_DAY, SendingHours
from apps.notifications.states import ChannelKind, MessageStatus, Readers
from apps.parties import selectors as parties
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
    """The provider does not have it. ``retry`` if it may take it later; else it never will.

    ``bad_address``: because nobody can be reached there, which makes the contact doubtful.
    """

    reason: str
    retry: bool = False
    bad_address: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The provider may have it or not: no answer, or one that does not tell."""

    reason: str


SendOutcome = Sent | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Receipt:
    """回执: what became of a message, and when: accepted, delivered or failed.

    ``bad_address``: it failed because nobody can ever be reached there.
    """

    status: MessageStatus
    at: datetime
    reason: str = ""
    bad_address: bool = False


@dataclass(frozen=True, slots=True)
class NeverSeen:
    """The provider knows no message with this key."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The provider could not be asked just now."""


Answer = Receipt | NeverSeen | NoAnswer


class Channel:
    """渠道. ``dedupes`` declares that the provider sends once however often it gets the same key (R3), for as long as
    it ``remembers`` the key. One that ``disturbs`` keeps the quiet hours of customers (P07).

    Without it a message whose fate is unknown is never sent again by itself, and each is marked right before it leaves,
    so that a crash leaves at most one of them unknown.
    """

    kind: ChannelKind
    readers: Readers = Readers.CUSTOMERS
    contact: ContactKind | None = None
    answers: bool = False
    dedupes: bool = False
    remembers: timedelta = timedelta.max
    hours: SendingHours = ALL_DAY
    disturbs: bool = False
    timeout: float
    batch: int = 50

    @property
    def usable(self) -> bool:
        """Whether it is set up at all."""
        return True

    @property
    def marks(self) -> bool:
        """Whether each message is marked right before it is handed over."""
        return not self.dedupes or self.remembers < timedelta.max

    def addresses(self, readers: Collection[int]) -> Mapping[int, str]:
        """Where it reaches each of these customers or accounts, by id; whom it does not reach is left out."""
        return parties.contact_for(readers, self.contact) if self.contact else {}

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
