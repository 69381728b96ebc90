"""Consents, wishes and the health of contacts: what is remembered, and what a contact that fails comes to."""

import pytest
from django.db import DatabaseError, transaction

from apps.audit.models import Event
from apps.core.errors import Conflict, NotFound, Refused
from apps.parties import reaching, selectors
from apps.parties.models import Consent, Contact
from apps.parties.states import ConsentPurpose, ConsentSource, ContactHealth, ContactKind, QuietHours
from apps.parties.values import Said, Wishes
from tests.factories import a_person

pytestmark = pytest.mark.django_db
OLD, NEW = "+8613800000001", "+8613900000002"


@pytest.fixture
def zhang():
    return a_person("张伟", contacts=[("mobile", OLD), ("mobile", NEW), ("email", "z@example.com")])


def reached(party) -> str | None:
    return selectors.contact_for([party.pk], ContactKind.MOBILE).get(party.pk)


def fails(ctx, party, value=NEW, *, lasting=False):
    reaching.note_failure(ctx, party_id=party.pk, kind=ContactKind.MOBILE, value=value, lasting=lasting)


def doubted() -> list[dict]:
    return list(Event.objects.filter(name="party.contact_doubted").values_list("payload", flat=True))


@pytest.mark.promise("P59")
def test_the_ledger_says_to_which_text_he_agreed_how_and_who_wrote_it_down(ctx, zhang):
    said = Said(ConsentSource.PHONE, "MKT-2026-01", "asked for offers")
    assert reaching.give_consent(ctx, party_id=zhang.pk, purpose=ConsentPurpose.MARKETING, said=said)
    assert not reaching.give_consent(ctx, party_id=zhang.pk, purpose=ConsentPurpose.MARKETING, said=said)
    row = Consent.objects.get()
    assert (row.given, row.obtained, row.text_version) == (True, ConsentSource.PHONE, "MKT-2026-01")
    assert (row.reason, row.recorded_by) == ("asked for offers", "user:clerk")
    event = Event.objects.get(name="consent.given")
    assert (event.reason, event.payload["text_version"]) == ("asked for offers", "MKT-2026-01")


@pytest.mark.promise("P59")
@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_line_of_the_ledger_is_written_once(ctx, zhang, change):
    reaching.give_consent(ctx, party_id=zhang.pk, purpose=ConsentPurpose.MARKETING)
    lines = Consent.objects.all()
    with pytest.raises(DatabaseError), transaction.atomic():
        lines.update(given=False) if change == "update" else lines.delete()
    assert Consent.objects.get().given


def test_a_number_that_does_not_exist_is_passed_over_at_once(ctx, zhang):
    fails(ctx, zhang, lasting=True)
    assert reached(zhang) == OLD
    assert doubted() == [{"kind": "mobile", "failures": 1, "lasting": True}]


def test_a_phone_that_is_off_is_passed_over_after_three_times_in_a_row(ctx, zhang):
    for _ in range(2):
        fails(ctx, zhang)
    assert reached(zhang) == NEW
    reaching.note_arrival(party_id=zhang.pk, kind=ContactKind.MOBILE, value=NEW)
    for _ in range(2):
        fails(ctx, zhang)
    assert (reached(zhang), doubted()) == (NEW, [])
    fails(ctx, zhang)
    assert (reached(zhang), len(doubted())) == (OLD, 1)
    fails(ctx, zhang)
    assert len(doubted()) == 1


def test_the_failure_of_an_address_nobody_has_any_more_is_nobodys(ctx, zhang):
    fails(ctx, zhang, "+8613700000003", lasting=True)
    assert (reached(zhang), doubted()) == (NEW, [])


def test_a_verified_contact_is_used_again(ctx, zhang):
    fails(ctx, zhang, lasting=True)
    contact = Contact.objects.get(health=ContactHealth.DOUBTFUL)
    reaching.verify_contact(ctx, contact_id=contact.pk, party_id=zhang.pk, reason="called back on it")
    assert reached(zhang) == NEW
    assert Event.objects.get(name="party.contact_verified").reason == "called back on it"
    with pytest.raises(Conflict):
        reaching.verify_contact(ctx, contact_id=contact.pk, party_id=zhang.pk, reason="again")


def test_nothing_is_verified_without_a_reason_or_for_another_customer(ctx, zhang):
    fails(ctx, zhang, lasting=True)
    contact = Contact.objects.get(health=ContactHealth.DOUBTFUL)
    with pytest.raises(Refused):
        reaching.verify_contact(ctx, contact_id=contact.pk, party_id=zhang.pk, reason=" ")
    with pytest.raises(NotFound):
        reaching.verify_contact(ctx, contact_id=contact.pk, party_id=a_person("李四").pk, reason="called")
    assert (reached(zhang), Event.objects.filter(name="party.contact_verified").count()) == (OLD, 0)


def test_wishes_are_kept_with_their_reason_and_the_newest_count(ctx, zhang):
    assert selectors.wishes([zhang.pk]) == {}
    for wishes in (Wishes(service_by=ContactKind.EMAIL), Wishes(statutory_by=ContactKind.ADDRESS, quiet="evening")):
        reaching.set_preferences(ctx, party_id=zhang.pk, wishes=wishes, reason="asked on the phone")
    assert selectors.wishes([zhang.pk]) == {zhang.pk: Wishes(None, ContactKind.ADDRESS, None, QuietHours.EVENING)}
    assert Event.objects.filter(name="party.preferences_set", reason="asked on the phone").count() == 2
    with pytest.raises(Refused):
        reaching.set_preferences(ctx, party_id=zhang.pk, wishes=Wishes(), reason="")
    with pytest.raises(NotFound):
        reaching.set_preferences(ctx, party_id=0, wishes=Wishes(), reason="x")
