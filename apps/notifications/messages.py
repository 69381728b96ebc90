"""THE table of messages 消息总表: which event tells whom what, over which channels.

A new message is one entry here and one folder of texts (docs/recipes/add-a-message.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise

from apps.audit.events import EventType
from apps.audit.models import Event
from apps.billing import events as billing
from apps.billing.models import Instalment
from apps.billing.states import InstalmentStatus
from apps.core.registry import Registry
from apps.endorsements import events as endorsements
from apps.endorsements import selectors as cases
from apps.endorsements.states import EndorsementStatus
from apps.operations import events as operations
from apps.policies import events as policies
from apps.renewals import events as renewals
from apps.renewals import selectors as reminders
from apps.renewals.states import Tone

from . import events, facts
from .facts import Source
from .models import Message
from .readers import AGENT, GROUP, HOLDER, Audience, branch_staff
from .states import ChannelKind, MessageCode, MessageStatus, NotSentReason, Purpose

Recheck = Callable[[Sequence[int]], Mapping[int, str | None]]
ON_THE_PHONE_FIRST = (ChannelKind.SMS, ChannelKind.EMAIL, ChannelKind.WEBHOOK)
IN_WRITING_FIRST = (ChannelKind.EMAIL, ChannelKind.SMS, ChannelKind.WEBHOOK)
IN_THE_APP_AND_BY_WECOM = (ChannelKind.INBOX, ChannelKind.WECOM)
IN_THE_APP = (ChannelKind.INBOX,)
IN_THE_GROUP = (ChannelKind.ROBOT,)
A_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Plan:
    """What one event asks for: the text, the day it is for, the last day it is of use, and what it is about.

    ``subject_id`` is the id by which the facts are read again before sending; as a rule the instalment.
    """

    template: str
    subject_id: int
    send_on: date
    expires_on: date | None = None


@dataclass(frozen=True)
class MessageType:
    """One kind of message.

    ``to`` says who is told. A customer is told by the first of ``channels`` that reaches him, in the order he wishes,
    and by the next when one fails; staff by all of them. ``purpose`` says what may hold it back: what the law orders,
    neither consent nor the daily limit. ``recheck`` says, for each subject, why it is not to be sent any more (P06).
    ``source`` is where its text gets what it says. ``when_accepted`` is told about the policy once a provider has it.
    """

    code: MessageCode
    event: EventType
    plan: Callable[[Event], Plan | None]
    recheck: Recheck
    to: Audience = HOLDER
    channels: tuple[ChannelKind, ...] = ON_THE_PHONE_FIRST
    purpose: Purpose = Purpose.SERVICE
    source: Source = facts.PREMIUM
    when_accepted: EventType | None = None

    @property
    def label(self) -> str | Promise:
        """What the message is called."""
        return self.code.label

    @property
    def legal(self) -> bool:
        """Whether the law orders it."""
        return self.purpose == Purpose.STATUTORY


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


def _for_the_agent(template: str) -> Callable[[Event], Plan | None]:
    def plan(event: Event) -> Plan | None:
        instalment_id = event.payload.get("instalment")
        return instalment_id and Plan(template, instalment_id, event.business_date, event.business_date + A_WEEK)

    return plan


def _bounced_for_the_agent(event: Event) -> Plan:
    return Plan("staff_payment_returned.1", event.subject_id, event.business_date, event.business_date + A_WEEK)


def _letter_to_post(event: Event) -> Plan:
    return Plan("staff_letter.1", event.subject_id, event.business_date, event.business_date + A_WEEK)


def _night_report(event: Event) -> Plan:
    """Of the day before last the group need not hear any more."""
    return Plan("staff_night.1", event.subject_id, event.business_date, event.business_date + timedelta(days=1))


def _about_a_case(template: str) -> Callable[[Event], Plan]:
    def plan(event: Event) -> Plan:
        return Plan(template, event.subject_id, event.business_date)

    return plan


def always(subject_ids: Sequence[int]) -> dict[int, str | None]:
    """What has happened stays true."""
    return dict.fromkeys(subject_ids)


def while_letter_waits(letter_ids: Sequence[int]) -> dict[int, str | None]:
    """Staff are told of a letter as long as it is not posted."""
    waiting = Message.objects.filter(pk__in=letter_ids, status__in=[MessageStatus.PLANNED, MessageStatus.SENDING])
    true = set(waiting.values_list("pk", flat=True))
    return {key: None if key in true else NotSentReason.OVERTAKEN for key in letter_ids}


def while_case_is(*statuses: EndorsementStatus) -> Recheck:
    """The message stays true as long as its endorsement case has one of these statuses."""

    def recheck(case_ids: Sequence[int]) -> dict[int, str | None]:
        true = cases.in_status(case_ids, statuses)
        return {key: None if key in true else NotSentReason.OVERTAKEN for key in case_ids}

    return recheck


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
        purpose=Purpose.STATUTORY,
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
        purpose=Purpose.STATUTORY,
    )
)
_declare(
    MessageType(
        code=MessageCode.POLICY_SUSPENDED,
        event=policies.SUSPENDED,
        plan=_for_the_agent("staff_suspended.1"),
        recheck=while_instalment_is(InstalmentStatus.OVERDUE),
        to=AGENT,
        channels=IN_THE_APP_AND_BY_WECOM,
    )
)
_declare(
    MessageType(
        code=MessageCode.PAYMENT_BOUNCED,
        event=billing.PAYMENT_REVERSED,
        plan=_bounced_for_the_agent,
        recheck=reminders.still_demanded,
        to=AGENT,
        channels=IN_THE_APP_AND_BY_WECOM,
    )
)
_declare(
    MessageType(
        code=MessageCode.LETTER_TO_POST,
        event=events.LETTER_DUE,
        plan=_letter_to_post,
        recheck=while_letter_waits,
        to=branch_staff("message_retry.E"),
        channels=IN_THE_APP,
        source=facts.LETTER,
    )
)
_declare(
    MessageType(
        code=MessageCode.NIGHT_REPORT,
        event=operations.DAY_CLOSED,
        plan=_night_report,
        recheck=always,
        to=GROUP,
        channels=IN_THE_GROUP,
        source=facts.NIGHT,
    )
)
_declare(
    MessageType(
        code=MessageCode.ENDORSEMENT_PAPERS,
        event=endorsements.DEFICIENT,
        plan=_about_a_case("endorsement_papers.1"),
        recheck=while_case_is(EndorsementStatus.PENDING_DOCS),
        channels=IN_WRITING_FIRST,
        purpose=Purpose.STATUTORY,
        source=facts.ENDORSEMENT,
    )
)
_declare(
    MessageType(
        code=MessageCode.ENDORSEMENT_PAYMENT,
        event=endorsements.PAYMENT_AWAITED,
        plan=_about_a_case("endorsement_payment.1"),
        recheck=while_case_is(EndorsementStatus.AWAIT_PAYMENT),
        channels=IN_WRITING_FIRST,
        purpose=Purpose.SERVICE,
        source=facts.ENDORSEMENT,
    )
)
_declare(
    MessageType(
        code=MessageCode.ENDORSEMENT_DONE,
        event=endorsements.SLIP_ISSUED,
        plan=_about_a_case("endorsement_done.1"),
        recheck=always,
        channels=IN_WRITING_FIRST,
        purpose=Purpose.STATUTORY,
        source=facts.ENDORSEMENT,
    )
)
_declare(
    MessageType(
        code=MessageCode.ENDORSEMENT_REJECTED,
        event=endorsements.REJECTED,
        plan=_about_a_case("endorsement_rejected.1"),
        recheck=while_case_is(EndorsementStatus.REJECTED),
        channels=IN_WRITING_FIRST,
        purpose=Purpose.STATUTORY,
        source=facts.ENDORSEMENT,
    )
)
