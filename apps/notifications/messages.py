"""THE table of messages 消息总表: which event tells whom what, over which channels.

A new message is one entry here and one folder of texts (docs/recipes/add-a-message.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise

from apps.audit.events import EventType
from apps.audit.models import Event
from apps.billing import events as billing
from apps.billing.models import Instalment
from apps.billing.states import InstalmentStatus
from apps.core.registry import Registry
from apps.policies import events as policies
from apps.renewals import events as renewals
from apps.renewals import selectors as reminders
from apps.renewals.states import Tone

from . import events
from .states import ChannelKind, MessageCode, NotSentReason

Recheck = Callable[[Sequence[int]], Mapping[int, str | None]]
ON_THE_PHONE_FIRST = (ChannelKind.SMS, ChannelKind.EMAIL)
IN_WRITING_FIRST = (ChannelKind.EMAIL, ChannelKind.SMS)


@dataclass(frozen=True)
class Plan:
    """What one event asks for: the text, the day it is for, the last day it is of use, and what it is about.

    ``subject_id`` is the id by which the facts are read again before sending; here always the instalment.
    """

    template: str
    subject_id: int
    send_on: date
    expires_on: date | None = None


@dataclass(frozen=True)
class MessageType:
    """One kind of message to the policyholder 投保人.

    ``legal``: the law orders it, so that neither consent nor the daily limit holds it back. ``recheck`` says, for each
    subject, why it is not to be sent any more (P06). ``when_accepted`` is told about the policy once a provider has it.
    """

    code: MessageCode
    event: EventType
    plan: Callable[[Event], Plan | None]
    recheck: Recheck
    channels: tuple[ChannelKind, ...] = ON_THE_PHONE_FIRST
    legal: bool = False
    when_accepted: EventType | None = None

    @property
    def label(self) -> str | Promise:
        """What the message is called."""
        return self.code.label


MESSAGES: Registry[MessageType] = Registry("message")


def _day(text: str) -> date:
    return date.fromisoformat(text)


REMINDER_TEXTS = {
    Tone.BEFORE_DUE: "reminder_before_due.1",
    Tone.DUE_TODAY: "reminder_due_today.1",
    Tone.IN_GRACE: "reminder_in_grace.1",
    Tone.FINAL: "reminder_final.1",
}


def _reminder(event: Event) -> Plan:
    said = event.payload
    return Plan(
        REMINDER_TEXTS[Tone(said["tone"])], said["instalment"], _day(said["stage_on"]), _day(said["expires_on"])
    )


def _lapse_notice(event: Event) -> Plan | None:
    """Only for unpaid premium; other suspensions will have a notice of their own."""
    instalment_id = event.payload.get("instalment")
    return instalment_id and Plan("lapse_notice.1", instalment_id, event.business_date)


def _payment_confirmation(event: Event) -> Plan | None:
    """Who pays in grace is told that cover goes on; who pays on time need not be."""
    return Plan("payment_in_grace.1", event.subject_id, event.business_date) if event.payload.get("in_grace") else None


def _payment_returned(event: Event) -> Plan:
    """Premium is demanded anew (B-01): the stages of its reminders may all have been sent before the money came."""
    return Plan("payment_returned.1", event.subject_id, event.business_date, _day(event.payload["grace_ends_on"]))


def while_instalment_is(status: InstalmentStatus) -> Recheck:
    """The message stays true as long as its instalment has this status."""

    def recheck(instalment_ids: Sequence[int]) -> dict[int, str | None]:
        true = set(Instalment.objects.filter(pk__in=instalment_ids, status=status).values_list("pk", flat=True))
        return {key: None if key in true else NotSentReason.OVERTAKEN for key in instalment_ids}

    return recheck


def _declare(message: MessageType) -> None:
    MESSAGES.add(message.code, message)


_declare(
    MessageType(
        code=MessageCode.PREMIUM_REMINDER,
        event=renewals.PLANNED,
        plan=_reminder,
        recheck=reminders.still_wanted,
    )
)
_declare(
    MessageType(
        code=MessageCode.LAPSE_NOTICE,
        event=policies.SUSPENDED,
        plan=_lapse_notice,
        recheck=while_instalment_is(InstalmentStatus.OVERDUE),
        channels=IN_WRITING_FIRST,
        legal=True,
        when_accepted=events.LAPSE_NOTICE_SENT,
    )
)
_declare(
    MessageType(
        code=MessageCode.PAYMENT_CONFIRMATION,
        event=billing.PAID,
        plan=_payment_confirmation,
        recheck=while_instalment_is(InstalmentStatus.PAID),
    )
)
_declare(
    MessageType(
        code=MessageCode.PAYMENT_RETURNED,
        event=billing.PAYMENT_REVERSED,
        plan=_payment_returned,
        recheck=reminders.still_demanded,
        legal=True,
    )
)
