"""Which way a message takes: wishes, quiet hours, consent, the next channel when one fails, and paper in the end."""

from dataclasses import replace
from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.models import Access, Event
from apps.core import clock
from apps.core.errors import Conflict, Refused
from apps.notifications import messages, rules, sender, services
from apps.notifications.channels import CONTACTS
from apps.notifications.channels.base import Receipt
from apps.notifications.messages import MESSAGES, ON_THE_PHONE_FIRST
from apps.notifications.models import Message
from apps.notifications.rules import SendingHours
from apps.notifications.states import ChannelKind, MessageCode, MessageStatus, NotSentReason, Purpose
from apps.operations.agenda import GRACE, LAPSE
from apps.parties import presentation, reaching
from apps.parties.states import ConsentPurpose, ContactKind, QuietHours
from apps.parties.values import Wishes
from tests import factories as make
from tests import premiums
from tests.notifications.conftest import DAY, DUE, TODAY, reachable, send, written

S, K = MessageStatus, ChannelKind
pytestmark = [pytest.mark.django_db(transaction=True)]


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def ways() -> list[tuple[str, str]]:
    """Channel and status of each message to a customer, in order."""
    return list(Message.objects.filter(party__isnull=False).order_by("pk").values_list("channel", "status"))


# -- the order of channels -------------------------------------------------------------------------------------------

KINDS = st.none() | st.sampled_from(list(ContactKind))


@given(st.builds(Wishes, KINDS, KINDS, KINDS), st.sampled_from(list(Purpose)))
def test_no_wish_takes_a_channel_away_and_only_the_law_goes_by_post_for_the_asking(wishes, purpose):
    order = rules.in_wished_order(ON_THE_PHONE_FIRST, purpose, wishes, CONTACTS)
    assert set(ON_THE_PHONE_FIRST) == set(order) - {K.POST}
    assert len(order) == len(set(order))
    by_post = purpose == Purpose.STATUTORY and wishes.statutory_by == ContactKind.ADDRESS
    assert (order[0] == K.POST) == by_post


@pytest.mark.promise("P07")
@given(st.datetimes(), st.sampled_from(list(QuietHours)))
def test_a_customer_is_left_in_peace_when_he_asks_for_it_and_reached_every_day_all_the_same(at, quiet):
    hours = SendingHours(time(9), time(20))
    at = at.replace(year=2026, month=6, day=15, tzinfo=clock.OFFICE_ZONE)
    until = rules.quiet_until(at, quiet.hours, hours)
    first, end = quiet.hours
    assert (until is not None) == (first <= at.hour < end)
    assert until is None or until > at
    open_hours = [hour for hour in range(9, 20) if not first <= hour < end]
    assert open_hours


def test_a_wish_that_leaves_no_hour_at_all_is_no_wish():
    evening = datetime(2026, 6, 15, 18, 30, tzinfo=clock.OFFICE_ZONE)
    assert rules.quiet_until(evening, QuietHours.EVENING.hours, SendingHours(time(18), time(20))) is None


def test_a_customer_hears_by_the_channel_he_wishes(ctx, gateway, reminded):
    holder = reachable()
    reaching.set_preferences(ctx, party_id=holder.pk, wishes=Wishes(service_by=ContactKind.EMAIL), reason="asked")
    assert reminded(holder=holder)[1].channel == "email"


@pytest.mark.promise("P07")
def test_the_phone_keeps_quiet_when_its_owner_sleeps(ctx, gateway, reminded):
    holder = reachable()
    reaching.set_preferences(ctx, party_id=holder.pk, wishes=Wishes(quiet=QuietHours.MORNING), reason="night shifts")
    _, message = reminded(holder=holder)
    at_ten = (clock.office_now() + DAY).replace(hour=10)
    assert send_at(at_ten) == 0
    assert fresh(message).due_at.astimezone(clock.OFFICE_ZONE).hour == 12
    assert send_at(at_ten.replace(hour=12)) == 1


def send_at(moment: datetime) -> int:
    return sender.drain(now=lambda: moment)


# -- the next channel ------------------------------------------------------------------------------------------------


def test_when_a_number_is_dead_the_next_channel_is_taken_at_once_and_never_the_same_again(
    ctx, gateway, reminded, mailoutbox
):
    _, message = reminded()
    gateway.script = ["nobody"]
    send()
    written()
    assert send() == 1
    assert ways() == [("sms", S.FAILED), ("email", S.ACCEPTED)]
    services.fall_back(ctx, [message.pk])
    assert len(ways()) == 2
    assert len(mailoutbox) == 1
    assert parties_doubted() == ["mobile"]


def parties_doubted() -> list[str]:
    doubted = Event.objects.filter(name="party.contact_doubted")
    return [said["kind"] for said in doubted.values_list("payload", flat=True)]


def test_a_service_message_that_no_channel_brings_ends_there_for_all_to_see(gateway, reminded):
    reminded(holder=make.a_person("张伟", contacts=[("mobile", "13800000000")]))
    gateway.script = ["nobody"]
    send()
    written()
    assert ways() == [("sms", S.FAILED)]


@pytest.fixture
def notice(ctx, today, gateway, mailoutbox) -> Message:
    """The notice of suspension of a customer with phone and mailbox, taken by the mail server."""
    premiums.a_premium(ctx, DUE - 90 * DAY, holder=reachable())
    premiums.night(ctx, TODAY, GRACE, LAPSE)
    written()
    send()
    return Message.objects.get(code="lapse_notice")


def bounced(ctx, message: Message) -> None:
    services.note_receipt(ctx, message.public_id, Receipt(S.FAILED, clock.now(), "bounce: 5.1.1", bad_address=True))


def test_what_the_law_orders_ends_on_the_list_of_letters(ctx, notice, gateway):
    bounced(ctx, notice)
    gateway.script = ["nobody"]
    written()
    send()
    written()
    assert ways() == [("email", S.FAILED), ("sms", S.FAILED), ("post", S.PLANNED)]
    letter = Message.objects.get(channel="post")
    assert (letter.instead_of.channel, letter.due_at) == ("sms", None)
    assert Event.objects.get(name="message.letter_due").subject_id == letter.pk


def test_what_arrived_late_after_all_is_not_sent_by_another_channel_too(ctx, notice, gateway):
    bounced(ctx, notice)
    written()
    services.note_receipt(ctx, notice.public_id, Receipt(S.DELIVERED, clock.now()))
    assert send() == 0
    second = Message.objects.get(channel="sms")
    assert (second.status, second.reason) == (S.SKIPPED, NotSentReason.REACHED)


def test_a_message_planned_for_an_address_that_became_doubtful_goes_another_way(ctx, gateway, reminded, mailoutbox):
    premium, message = reminded()
    phone = premium.policy.holder.contacts.get(kind="mobile")
    number = presentation.plain_contact(phone)
    reaching.note_failure(ctx, party_id=message.party_id, kind=ContactKind.MOBILE, value=number, lasting=True)
    assert send() == 0
    written()
    assert send() == 1
    assert ways() == [("sms", S.SKIPPED), ("email", S.ACCEPTED)]


# -- by hand ---------------------------------------------------------------------------------------------------------


def test_a_clerk_sends_by_another_channel_with_a_reason_and_by_each_once(ctx, gateway, reminded, mailoutbox):
    _, message = reminded()
    send()
    with pytest.raises(Refused):
        services.resend(ctx, message.pk, channel=K.EMAIL, reason=" ")
    new = services.resend(ctx, message.pk, channel=K.EMAIL, reason="says she got nothing")
    assert send() == 1
    assert (fresh(new).instead_of_id, len(mailoutbox)) == (message.pk, 1)
    assert Event.objects.get(name="message.resent").reason == "says she got nothing"
    for channel, code in ((K.SMS, "channel_used_already"), (K.WEBHOOK, "channel_out_of_reach")):
        with pytest.raises(Conflict) as refused:
            services.resend(ctx, message.pk, channel=channel, reason="again")
        assert refused.value.code == code
    assert len(ways()) == 2


def test_what_arrived_or_is_still_planned_is_not_resent(ctx, gateway, reminded):
    _, message = reminded()
    for _ in range(2):
        with pytest.raises(Conflict) as refused:
            services.resend(ctx, message.pk, channel=K.EMAIL, reason="please")
        assert refused.value.code == "message_not_resendable"
        services.note_receipt(ctx, message.public_id, Receipt(S.DELIVERED, clock.now()))
    assert len(ways()) == 1


def test_a_planned_message_is_stopped_with_a_reason_unless_the_law_orders_it(ctx, gateway, reminded):
    _, message = reminded()
    services.stop(ctx, message.pk, reason="she called")
    assert send() == 0
    assert (fresh(message).status, fresh(message).reason) == (S.SKIPPED, NotSentReason.STOPPED)
    assert Event.objects.get(name="message.stopped").reason == "she called"
    written()
    assert len(ways()) == 1


def test_a_statutory_notice_is_not_stopped(ctx, today):
    premiums.a_premium(ctx, DUE - 90 * DAY, holder=reachable())
    premiums.night(ctx, TODAY, GRACE, LAPSE)
    written()
    notice = Message.objects.get(code="lapse_notice")
    with pytest.raises(Conflict) as refused:
        services.stop(ctx, notice.pk, reason="she does not want it")
    assert (refused.value.code, fresh(notice).status) == ("message_not_stoppable", S.PLANNED)


# -- marketing -------------------------------------------------------------------------------------------------------


@pytest.fixture
def offers(monkeypatch):
    """A kind of message that is marketing: what reminds of premium stands in for an offer."""
    offer = replace(MESSAGES[MessageCode.PREMIUM_REMINDER], purpose=Purpose.MARKETING, recheck=messages.always)
    monkeypatch.setitem(MESSAGES._entries, MessageCode.PREMIUM_REMINDER, offer)


@pytest.mark.promise("P59")
def test_marketing_needs_a_consent(offers, gateway, reminded):
    _, message = reminded()
    assert send() == 0
    assert (fresh(message).status, fresh(message).reason) == (S.SKIPPED, NotSentReason.NO_CONSENT)


@pytest.mark.promise("P59")
def test_a_withdrawal_stops_marketing_at_once_and_no_policy_notice(ctx, offers, today, gateway, reminded, mailoutbox):
    holder = reachable()
    reaching.give_consent(ctx, party_id=holder.pk, purpose=ConsentPurpose.MARKETING)
    messages_planned = [reminded(holder=holder)[1] for _ in range(2)]
    premiums.a_premium(ctx, DUE - 90 * DAY, holder=holder)
    premiums.night(ctx, TODAY, GRACE, LAPSE)
    written()
    gateway.script = ["busy"]
    sender.drain(most=1)
    reaching.withdraw_consent(ctx, party_id=holder.pk, purpose=ConsentPurpose.MARKETING)
    sent_before = gateway.delivered.total()
    send(hours=1)
    assert gateway.delivered.total() == sent_before
    assert S.PLANNED not in {fresh(each).status for each in messages_planned}
    assert Message.objects.get(code="lapse_notice").status == S.ACCEPTED
    assert len(mailoutbox) == 1


# -- paper -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def letters(ctx, today) -> list[Message]:
    """Two notices of suspension for people without phone and mailbox; one has a postal address."""
    for contacts in ([("address", "上海市浦东新区世纪大道100号")], []):
        premiums.a_premium(ctx, DUE - 90 * DAY, holder=make.a_person("张伟", contacts=contacts, sex="1"))
    premiums.night(ctx, TODAY, GRACE, LAPSE)
    written()
    return list(Message.objects.filter(channel="post").order_by("pk"))


def test_a_days_letters_are_printed_with_address_and_text_and_may_be_printed_again(ctx, letters):
    printed = services.print_letters(ctx, [letter.pk for letter in letters])
    assert [(each.name, each.address) for each in printed] == [("张伟", "上海市浦东新区世纪大道100号"), ("张伟", "")]
    assert all("效力自" in each.zh and "Dear policyholder" in each.en for each in printed)
    again = services.print_letters(ctx, [letter.pk for letter in letters])
    assert again == printed
    assert {fresh(letter).status for letter in letters} == {S.SENDING}
    assert Event.objects.filter(name="message.printed").count() == 4
    assert Access.objects.filter(kind="exported").count() == 2
    services.sent_by_post(ctx, letters[0].pk, tracking="XA1")
    assert [each.happening for each in letters[0].history.order_by("pk")] == ["printed", "printed", "posted"]
    assert len(services.print_letters(ctx, [letter.pk for letter in letters])) == 1


@pytest.mark.promise("P06")
def test_a_letter_that_was_overtaken_is_not_printed(ctx, letters):
    Message.objects.filter(pk=letters[0].pk).update(expires_on=TODAY - DAY)
    printed = services.print_letters(ctx, [letter.pk for letter in letters])
    assert [each.message_id for each in printed] == [letters[1].pk]
    assert fresh(letters[0]).status == S.SKIPPED


def test_who_wishes_statutory_notices_on_paper_gets_them_on_paper(ctx, today):
    holder = reachable()
    reaching.set_preferences(ctx, party_id=holder.pk, wishes=Wishes(statutory_by=ContactKind.ADDRESS), reason="asked")
    premiums.a_premium(ctx, DUE - 90 * DAY, holder=holder)
    premiums.night(ctx, TODAY, GRACE, LAPSE)
    written()
    assert Message.objects.get(code="lapse_notice").channel == "post"


def test_the_clerks_of_the_branch_hear_of_a_letter_and_nobody_elses_inbox_does(ctx, today):
    branch = make.a_branch()
    clerk, far = (make.a_user("renewal_clerk", branch=each) for each in (branch, make.a_branch("9999")))
    make.a_user("policy_clerk", branch=branch)
    premiums.a_premium(ctx, DUE - 90 * DAY, holder=make.a_person("张伟", branch))
    premiums.night(ctx, TODAY, GRACE, LAPSE)
    written()
    written()
    send()
    notice = Message.objects.get(channel="inbox")
    assert (notice.user, notice.status) == (clerk, S.ACCEPTED)
    assert services.mark_read(ctx, far) == 0
    assert services.mark_read(ctx, clerk) == 1
    assert services.mark_read(ctx, clerk) == 0
    assert fresh(notice).status == S.DELIVERED


def test_a_letter_that_was_posted_is_no_news_any_more(ctx, today):
    branch = make.a_branch()
    make.a_user("renewal_clerk", branch=branch)
    premiums.a_premium(ctx, DUE - 90 * DAY, holder=make.a_person("张伟", branch))
    premiums.night(ctx, TODAY, GRACE, LAPSE)
    written()
    written()
    services.sent_by_post(ctx, Message.objects.get(channel="post").pk, tracking="XA1")
    send()
    assert Message.objects.get(channel="inbox").status == S.SKIPPED
