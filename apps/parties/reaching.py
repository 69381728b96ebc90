"""How a customer wants to be reached, and whether he can be: consents 同意, preferences 偏好, the health of contacts.

Verbs like those of ``services``; every one leaves its event, and none says the address or number.
"""

from typing import Any

from django.conf import settings
from django.db import transaction

from apps.audit import services as audit
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, Refused, refuse

from . import events, rules, sealing, vault
from .models import Consent, Contact, Party, Preference
from .sealing import CONTACT_PURPOSE
from .states import UNUSED, ConsentPurpose, ContactHealth, ContactKind
from .values import BY_APPLICATION, NewContact, Said, Wishes

OUT_OF_USE = (ContactHealth.PROPOSED, ContactHealth.RETIRED)


def give_consent(ctx: Context, *, party_id: int, purpose: ConsentPurpose, said: Said = BY_APPLICATION) -> bool:
    """Record that the customer agrees; False when he has said so already."""
    return _consent(ctx, party_id, purpose, True, said)


def withdraw_consent(ctx: Context, *, party_id: int, purpose: ConsentPurpose, said: Said = BY_APPLICATION) -> bool:
    """Record that the customer does not agree, or no longer; False when he has said so already (P59).

    It counts for one who was never asked, too: what is done unless he says no, ends (B-04). It takes the lock under
    which messages are claimed: what is not on its way by now never will be.
    """
    return _consent(ctx, party_id, purpose, False, said)


@transaction.atomic
def set_preferences(ctx: Context, *, party_id: int, wishes: Wishes, reason: str) -> None:
    """Record how the customer wants to be reached. Needs a reason; statutory notices get a way, never a stop."""
    _need(reason)
    party = lock(party_id)
    wanted: dict[str, Any] = {
        "service_by": wishes.service_by or "",
        "statutory_by": wishes.statutory_by or "",
        "marketing_by": wishes.marketing_by or "",
        "quiet": wishes.quiet,
    }
    Preference.objects.update_or_create(party=party, defaults=wanted)
    audit.record(ctx, events.PREFERENCES_SET, party.pk, reason=reason.strip(), **wanted)


@transaction.atomic
def note_failure(ctx: Context, *, party_id: int, kind: ContactKind, value: str, lasting: bool) -> None:
    """A message could not be brought to this contact: for good (a dead mailbox, no such number), or this time.

    For good, or ``SOFT_FAILURES`` times in a row, makes it doubtful: it is passed over until somebody verifies it. An
    address that is not on the file any more is nobody's.
    """
    contact = _contact(party_id, kind, value)
    if contact is None or contact.health in UNUSED:
        return
    contact.soft_failures += 1
    if lasting or contact.soft_failures >= settings.SOFT_FAILURES:
        contact.health = ContactHealth.DOUBTFUL
        audit.record(ctx, events.CONTACT_DOUBTED, party_id, kind=kind, failures=contact.soft_failures, lasting=lasting)
    contact.save(update_fields=["soft_failures", "health"])


@transaction.atomic
def note_arrival(*, party_id: int, kind: ContactKind, value: str) -> None:
    """A message arrived there: failures in a row begin anew."""
    contact = _contact(party_id, kind, value)
    if contact is not None and contact.soft_failures and contact.health == ContactHealth.GOOD:
        contact.soft_failures = 0
        contact.save(update_fields=["soft_failures"])


@transaction.atomic
def verify_contact(ctx: Context, *, contact_id: int, party_id: int, reason: str) -> None:
    """核实联系方式: a doubtful contact is in order after all. Needs a reason; refuses one that is not in doubt."""
    _need(reason)
    lock(party_id)
    contact = Contact.objects.select_for_update().filter(pk=contact_id, party_id=party_id).first()
    if contact is None:
        raise NotFound(Refusal("not_found"))
    if contact.health != ContactHealth.DOUBTFUL:
        raise Conflict(Refusal("contact_not_doubtful"))
    contact.health, contact.soft_failures = ContactHealth.GOOD, 0
    contact.save(update_fields=["health", "soft_failures"])
    audit.record(ctx, events.CONTACT_VERIFIED, party_id, reason=reason.strip(), kind=contact.kind)


@transaction.atomic
def propose_contact(ctx: Context, *, party_id: int, kind: ContactKind, value: str) -> Contact:
    """拟用联系方式: what a customer asks to be reached by; nothing is sent there before it is adopted.

    Refuses a value in no proper form, and the one that is in use already.
    """
    party = lock(party_id)
    read = rules.read_contact(NewContact(kind, value))
    if isinstance(read, Refusal):
        raise Refused(read)
    known = _contact(party.pk, kind, read.value)
    if known is None:
        [row] = [Contact(**sealing.contact_row(party.pk, read)._asdict())]
        row.health = ContactHealth.PROPOSED
        row.save(force_insert=True)
        audit.record(ctx, events.CONTACT_PROPOSED, party.pk, kind=kind)
        return row
    if known.health == ContactHealth.GOOD:
        raise Conflict(Refusal("contact_known"))
    return known


@transaction.atomic
def adopt_contact(ctx: Context, *, party_id: int, contact_id: int) -> int | None:
    """启用联系方式: from now on this one is used; the one it replaces is retired and returned."""
    party = lock(party_id)
    contact = _owned(party, contact_id)
    current = _in_use(party, contact.kind)
    if current is not None and current.pk != contact.pk:
        _set_health(current, ContactHealth.RETIRED)
    _set_health(contact, ContactHealth.GOOD)
    audit.record(ctx, events.CONTACT_CHANGED, party.pk, kind=contact.kind)
    return current.pk if current is not None and current.pk != contact.pk else None


@transaction.atomic
def drop_contact(ctx: Context, *, party_id: int, contact_id: int, restore: int | None) -> None:
    """恢复联系方式: the adoption is undone; what it replaced is used again."""
    party = lock(party_id)
    contact = _owned(party, contact_id)
    _set_health(contact, ContactHealth.RETIRED)
    if restore is not None:
        _set_health(_owned(party, restore), ContactHealth.GOOD)
    audit.record(ctx, events.CONTACT_CHANGED, party.pk, kind=contact.kind)


def _owned(party: Party, contact_id: int) -> Contact:
    contact = Contact.objects.select_for_update().filter(pk=contact_id, party=party).first()
    if contact is None:
        raise NotFound(Refusal("not_found"))
    return contact


def _in_use(party: Party, kind: str) -> Contact | None:
    used = Contact.objects.select_for_update().filter(party=party, kind=kind).exclude(health__in=OUT_OF_USE)
    return used.order_by("-pk").first()


def _set_health(contact: Contact, health: ContactHealth) -> None:
    contact.health, contact.soft_failures = health, 0
    contact.save(update_fields=["health", "soft_failures"])


def lock(party_id: int) -> Party:
    """The customer, locked against other writers; not found for an id that is none."""
    party = Party.objects.select_for_update(of=("self",), no_key=True).filter(pk=party_id).first()
    if party is None:
        raise NotFound(Refusal("not_found"))
    return party


@transaction.atomic
def _consent(ctx: Context, party_id: int, purpose: ConsentPurpose, given: bool, said: Said) -> bool:
    party = lock(party_id)
    newest = party.consents.filter(purpose=purpose).order_by("-pk").first()
    if newest is not None and newest.given == given:
        return False
    Consent.objects.create(
        party=party,
        purpose=purpose,
        given=given,
        obtained=said.obtained,
        text_version=said.text_version,
        reason=said.reason,
        recorded_by=ctx.actor,
    )
    event = events.CONSENT_GIVEN if given else events.CONSENT_WITHDRAWN
    how: dict[str, Any] = {"obtained": said.obtained, "text_version": said.text_version}
    audit.record(ctx, event, party.pk, reason=said.reason, purpose=purpose, **how)
    return True


def _contact(party_id: int, kind: ContactKind, value: str) -> Contact | None:
    digest = vault.index(value, CONTACT_PURPOSE[kind])
    found = Contact.objects.select_for_update().filter(party_id=party_id, kind=kind, value_index=digest)
    return found.first()


def _need(reason: str) -> None:
    if not reason.strip():
        raise refuse("reason_required")
