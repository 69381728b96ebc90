"""The life of a message, from its event to the last receipt, with a real gateway at the other end."""

import random
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from django.db import transaction

from apps.audit.models import Event
from apps.billing import services as billing
from apps.core import clock
from apps.core.errors import Conflict, NotFound, Refused
from apps.notifications import sender, services, texts
from apps.notifications.channels.base import Receipt
from apps.notifications.models import Message
from apps.notifications.services.receipts import heard
from apps.notifications.states import MessageStatus
from apps.operations.agenda import GRACE, LAPSE, REMIND
from apps.parties import reaching
from apps.parties.states import ConsentPurpose
from apps.policies import services as policies
from apps.policies.states import HoldKind, PolicyStatus, TerminationCode
from tests import premiums
from tests.factories import a_person
from tests.notifications.conftest import DAY, DUE, TODAY, later, reachable, send, written

pytestmark = [pytest.mark.django_db(transaction=True)]
S = MessageStatus


def told(name: str) -> list[dict]:
    return list(Event.objects.filter(name=name).order_by("pk").values_list("payload", flat=True))


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def opt_out(ctx, party_id: int) -> None:
    reaching.give_consent(ctx, party_id=party_id, purpose=ConsentPurpose.REMINDERS)
    reaching.withdraw_consent(ctx, party_id=party_id, purpose=ConsentPurpose.REMINDERS)


def test_a_reminder_becomes_one_text_message_that_names_no_one_in_full(gateway, reminded):
    premium, message = reminded()
    assert (message.status, message.channel, message.send_on) == (S.PLANNED, "sms", DUE - 15 * DAY)
    assert send() == 1
    message = fresh(message)
    assert (message.status, message.attempts, message.provider_ref[:3]) == (S.ACCEPTED, 1, "gw-")
    (text,) = gateway.texts[str(message.public_id)]
    assert text.startswith("尊敬的张先生，您的保单尾号")
    assert all(said in text for said in ("人民币1,200.00元", "2026年12月15日"))
    assert not any(secret in text for secret in ("张伟", premium.policy.number))
    assert [payload["caused_by"] for payload in told("message.accepted")] == [message.event_id]


@pytest.mark.promise("P57")
def test_neither_address_nor_text_is_readable_in_the_database(gateway, reminded):
    _, message = reminded()
    send()
    message = fresh(message)
    address = texts.opened(message)["to"]
    stored = Message.objects.filter(pk=message.pk).values_list()
    assert not any(secret in f"{stored}{told('message.accepted')}" for secret in (address, "张", "1,200.00"))


def test_without_a_gateway_it_is_an_email(today, reminded, settings, mailoutbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    _, message = reminded()
    assert send() == 1
    (letter,) = mailoutbox
    assert fresh(message).status == S.ACCEPTED
    assert letter.to == [texts.opened(fresh(message))["to"]]
    assert letter.body.index("您好") < letter.body.index("Dear policyholder")
    assert letter.extra_headers["Message-ID"] == f"<{message.public_id}@policyops.example>"


def test_who_cannot_be_reached_is_on_record_as_skipped(gateway, reminded):
    _, message = reminded(holder=a_person("李娜"))
    assert (message.status, message.channel, message.reason) == (S.SKIPPED, "", "no_channel")
    assert told("message.skipped")[0]["code"] == "premium_reminder"


@pytest.mark.promise("P04")
def test_an_event_delivered_twice_writes_one_message(ctx, gateway, reminded):
    _, message = reminded()
    events = list(Event.objects.filter(name="reminder.planned"))
    assert services.plan(ctx, events) == []
    assert Message.objects.get() == message


@pytest.mark.promise("P06")
@pytest.mark.parametrize("fate", ["paid", "policy_not_in_force", "opted_out"])
def test_what_happened_since_it_was_planned_stops_a_reminder(ctx, checker, gateway, reminded, fate):
    premium, message = reminded()
    if fate == "paid":
        premiums.pay(ctx, checker, premium, TODAY)
    elif fate == "opted_out":
        opt_out(ctx, message.party_id)
    else:
        policies.terminate(ctx, {premium.policy.pk: TODAY}, code=TerminationCode.SURRENDER)
    assert send() == 0
    message = fresh(message)
    assert (message.status, message.reason, gateway.calls.total()) == (S.SKIPPED, fate, 0)
    assert [payload["code"] for payload in told("message.skipped")] == ["premium_reminder"]


@pytest.mark.promise("P06")
def test_however_payments_endings_and_refusals_fall_between_sends_nobody_is_told_after_the_fact(
    ctx, checker, gateway, reminded, settings
):
    settings.SMS_GATEWAY_DEDUPES = False  # one message at a time
    chance = random.Random(20261122)
    waiting = [reminded() for _ in range(30)]
    acts = {
        "paid": lambda premium: premiums.pay(ctx, checker, premium, TODAY),
        "policy_not_in_force": lambda premium: policies.terminate(
            ctx, {premium.policy.pk: TODAY}, code=TerminationCode.SURRENDER
        ),
        "opted_out": lambda premium: opt_out(ctx, premium.policy.holder_id),
    }
    expected = {}
    while waiting:
        fate = chance.choice([*acts, "sent", "sent"])
        if fate == "sent":
            sender.drain(most=1)
            waiting = [(premium, message) for premium, message in waiting if fresh(message).status == S.PLANNED]
        else:
            premium, message = waiting.pop(chance.randrange(len(waiting)))
            acts[fate](premium)
            expected[message.pk] = fate
    send()
    ends = dict(Message.objects.filter(pk__in=expected).values_list("pk", "reason"))
    assert ends == expected
    assert gateway.calls.total() == Message.objects.filter(status=S.ACCEPTED).count() == 30 - len(expected)


@pytest.mark.promise("P05")
def test_a_reminder_whose_time_has_passed_is_superseded(gateway, reminded):
    _, message = reminded()
    Message.objects.update(expires_on=TODAY - DAY)
    assert send() == 0
    assert (fresh(message).status, fresh(message).reason) == (S.SKIPPED, "superseded")


def test_a_message_for_another_day_waits_for_it(gateway, reminded):
    _, message = reminded()
    Message.objects.update(send_on=TODAY + DAY)
    assert send() == 0
    assert fresh(message).status == S.PLANNED


@pytest.mark.promise("P07")
def test_nothing_goes_out_in_quiet_hours_and_all_of_it_in_the_morning(gateway, reminded, settings):
    settings.SMS_HOURS = "09:00-20:00"
    reminded()
    night = clock.office_now().replace(hour=3) + DAY
    assert sender.drain(now=lambda: night) == 0
    assert sender.drain(now=lambda: night.replace(hour=9, minute=0)) == 1


@pytest.mark.promise("P07")
def test_beyond_the_daily_limit_reminders_wait_for_tomorrow(gateway, reminded, settings):
    settings.MESSAGES_A_DAY = 2
    holder = reachable()
    messages = [reminded(holder=holder)[1] for _ in range(3)]
    send()
    assert [fresh(message).status for message in messages] == [S.ACCEPTED, S.ACCEPTED, S.PLANNED]
    held_back = fresh(messages[2]).due_at.astimezone(clock.OFFICE_ZONE)
    assert (held_back.date(), held_back.hour) == (clock.office_now().date() + DAY, 0)
    assert send(days=1) == 1


@pytest.mark.promise("P08")
def test_a_busy_provider_is_tried_five_times_at_growing_intervals(gateway, reminded):
    _, message = reminded()
    gateway.script = ["busy"] * 9
    assert send() == 1
    assert (fresh(message).status, fresh(message).reason) == (S.PLANNED, "gateway: 429")
    assert send() == 0
    for tried in range(4):
        assert send(hours=10 * (tried + 1)) == 1
    message = fresh(message)
    assert (message.status, message.attempts, message.reason) == (S.DEAD, 5, "gateway: 429")
    assert send(days=9) == 0
    assert len(told("message.dead")) == 1


def test_what_a_provider_will_never_take_has_failed_until_somebody_sees_to_it(ctx, gateway, reminded):
    _, message = reminded()
    gateway.script = ["invalid"]
    send()
    assert (fresh(message).status, fresh(message).reason) == (S.FAILED, "gateway: 400")
    with pytest.raises(Refused) as refused:
        services.retry(ctx, message.pk, reason=" ")
    assert refused.value.code == "reason_required"
    assert fresh(message).status == S.FAILED
    services.retry(ctx, message.pk, reason="number corrected")
    assert send() == 1
    assert fresh(message).status == S.ACCEPTED
    assert Event.objects.get(name="message.retried").reason == "number corrected"


@pytest.mark.parametrize("status", [S.PLANNED, S.ACCEPTED, S.UNKNOWN])
def test_only_a_failed_message_is_sent_again_by_hand(ctx, gateway, reminded, status):
    _, message = reminded()
    path = {S.ACCEPTED: [S.SENDING, S.ACCEPTED], S.UNKNOWN: [S.SENDING, S.UNKNOWN]}.get(status, [])
    for step in path:
        Message.objects.update(status=step)
    with pytest.raises(Conflict) as refused:
        services.retry(ctx, message.pk, reason="please")
    assert refused.value.code == "message_not_retriable"
    assert fresh(message).status == status


@pytest.mark.promise("P02")
@pytest.mark.parametrize("mood", ["drop", "hang", "broken", "broken_after"])
def test_without_an_answer_a_provider_that_dedupes_gets_the_same_text_again(gateway, reminded, mood):
    _, message = reminded()
    gateway.script = [mood]
    assert send() == 1
    assert fresh(message).status == S.SENDING
    assert send() == 0
    assert send(hours=1) == 1
    assert fresh(message).status == S.ACCEPTED
    assert (gateway.calls.total(), gateway.duplicates) == (2, 0)
    assert [len(sent) for sent in gateway.texts.values()] == [1]


@pytest.mark.promise("P02")
@pytest.mark.parametrize(("mood", "ending"), [("drop", S.DELIVERED), ("hang", S.DELIVERED), ("broken", S.ACCEPTED)])
def test_without_an_answer_a_provider_that_does_not_dedupe_is_asked_first(gateway, reminded, settings, mood, ending):
    settings.SMS_GATEWAY_DEDUPES = gateway.dedupes = False
    _, message = reminded()
    gateway.script = [mood]
    send()
    assert fresh(message).status == S.UNKNOWN
    assert send(hours=1) == 0
    assert sender.ask(now=later(minutes=4)) == 0
    assert sender.ask(now=later(minutes=6)) == 1
    send(hours=1)
    assert fresh(message).status == ending
    assert (gateway.delivered.total(), gateway.duplicates) == (1, 0)
    assert len(told("message.unknown")) == 1


def test_a_provider_that_never_answers_questions_is_asked_seven_times_and_the_message_stays_unknown(
    gateway, reminded, settings
):
    settings.SMS_GATEWAY_DEDUPES = False
    _, message = reminded()
    gateway.script = ["drop"]
    send()
    settings.SMS_GATEWAY_URL = "http://127.0.0.1:9"
    asked = sum(sender.ask(now=later(days=day)) for day in range(1, 20))
    assert (asked, fresh(message).status, fresh(message).due_at) == (7, S.UNKNOWN, None)


@pytest.mark.promise("P01")
def test_the_message_of_a_sender_that_died_goes_out_when_its_lease_is_over(ctx, gateway, reminded):
    _, message = reminded()
    channel = sender.channels.usable()["sms"]
    assert len(services.claim(ctx, channel, clock.now())) == 1
    assert send() == 0
    assert send(minutes=2) == 1
    assert (fresh(message).status, fresh(message).attempts) == (S.ACCEPTED, 2)


@pytest.mark.promise("P08")
def test_what_a_dead_sender_left_is_taken_one_by_one_and_given_up_after_five_deaths(ctx, gateway, reminded):
    """Else a message that kills its sender would take its neighbours with it."""
    for _ in range(3):
        reminded()
    channel = sender.channels.usable()["sms"]
    now = clock.now()
    assert len(services.claim(ctx, channel, now)) == 3
    for _ in range(12):
        now += timedelta(minutes=2)
        assert len(services.claim(ctx, channel, now)) == 1
    now += timedelta(minutes=2)
    assert [services.claim(ctx, channel, now) for _ in range(4)] == [[], [], [], None]
    assert set(Message.objects.values_list("status", "attempts")) == {(S.UNKNOWN, 5)}
    assert sender.ask(now=lambda: now + timedelta(hours=1)) == 3
    assert set(Message.objects.values_list("status", "reason")) == {(S.DEAD, "never reached the provider")}


@pytest.mark.promise("P06")
def test_the_message_of_a_sender_that_died_is_not_sent_again_once_it_is_untrue(ctx, checker, gateway, reminded):
    premium, message = reminded()
    services.claim(ctx, sender.channels.usable()["sms"], clock.now())
    premiums.pay(ctx, checker, premium, TODAY)
    assert send(minutes=2) == 0
    assert fresh(message).status == S.UNKNOWN
    sender.ask(now=later(hours=1))
    assert send(hours=1) == 0
    assert (fresh(message).status, fresh(message).reason, gateway.calls.total()) == (S.SKIPPED, "paid", 0)


@pytest.mark.promise("P02")
def test_of_a_batch_of_emails_whose_sender_died_one_is_unknown_and_no_other(ctx, reminded, mailoutbox):
    """The first was taken, the second may have been, the third and fourth never left."""
    for _ in range(4):
        reminded()
    first, second, third, fourth = Message.objects.order_by("pk")
    batch = services.claim(ctx, sender.channels.usable()["email"], clock.now())
    assert services.mark(batch[0], None)
    assert services.mark(batch[1], (first.pk, "<the first>"))
    assert send(minutes=2) == 2
    assert [fresh(each).status for each in (first, second, third, fourth)] == [
        S.ACCEPTED,
        S.UNKNOWN,
        S.ACCEPTED,
        S.ACCEPTED,
    ]
    assert (fresh(second).due_at, fresh(second).reason) == (None, "sender died")
    assert (fresh(first).provider_ref, len(mailoutbox)) == ("<the first>", 2)


@pytest.mark.promise("P02")
def test_a_sender_that_slept_through_its_lease_sends_nothing_more(ctx, reminded, mailoutbox):
    reminded()
    (late,) = services.claim(ctx, sender.channels.usable()["email"], clock.now())
    assert send(minutes=2) == 1
    assert not services.mark(late, None)
    assert len(mailoutbox) == 1


def test_a_message_claimed_and_not_tried_is_given_back_untouched(ctx, gateway, reminded, settings):
    settings.MESSAGE_LEASE_SECONDS = 0.1
    _, message = reminded()
    assert send() == 0
    assert (fresh(message).status, fresh(message).attempts, gateway.calls.total()) == (S.PLANNED, 0, 0)


@pytest.mark.promise("P08")
def test_a_message_whose_text_cannot_be_made_holds_nobody_else_up(gateway, reminded):
    poison, sound = reminded()[1], reminded()[1]
    Message.objects.filter(pk=poison.pk).update(template="no_such_text.1")
    assert send() == 1
    assert (fresh(poison).status, fresh(sound).status) == (S.DEAD, S.ACCEPTED)
    assert fresh(poison).reason.startswith("TemplateDoesNotExist")


@pytest.mark.promise("P09")
def test_a_text_that_was_sent_can_be_made_again_whatever_has_changed_since(ctx, checker, gateway, reminded, settings):
    premium, message = reminded()
    send()
    (sent,) = gateway.texts[str(message.public_id)]
    premiums.pay(ctx, checker, premium, TODAY)
    settings.SERVICE_PHONE = "000"
    again = texts.again(fresh(message))
    assert (again.short, again.digest) == (sent, fresh(message).rendered_digest)


START = datetime(2026, 11, 22, 9, tzinfo=UTC)
RECEIPTS = [
    (S.ACCEPTED, START, ""),
    (S.ACCEPTED, START + timedelta(seconds=3), ""),
    (S.FAILED, START + timedelta(seconds=1), "phone off"),
    (S.DELIVERED, START + timedelta(seconds=5), ""),
    (S.DELIVERED, START + timedelta(seconds=7), ""),
    (S.DELIVERED, START + timedelta(seconds=7), ""),
]


@pytest.mark.promise("P10")
@pytest.mark.parametrize("before", [S.SENDING, S.ACCEPTED, S.UNKNOWN])
def test_receipts_end_in_the_same_state_in_whatever_order_they_come(before):
    ends = set()
    for order in permutations(RECEIPTS):
        message = Message(status=before)
        for status, at, reason in order:
            heard(message, status, at, reason=reason)
        ends.add((message.status, message.accepted_at, message.delivered_at, message.reason, message.due_at))
    assert ends == {(S.DELIVERED, START, START + timedelta(seconds=5), "", None)}


@pytest.mark.promise("P10")
def test_a_receipt_that_is_pushed_to_us_is_noted_and_told_once(ctx, gateway, reminded):
    _, message = reminded()
    gateway.script = ["drop"]
    send()
    for _ in range(2):
        services.note_receipt(ctx, message.public_id, Receipt(S.DELIVERED, clock.now()))
    assert fresh(message).status == S.DELIVERED
    assert len(told("message.accepted")) == 1
    assert send(hours=1) == 0


def test_a_receipt_for_nobody_is_refused(ctx):
    with pytest.raises(NotFound):
        services.note_receipt(ctx, uuid4(), Receipt(S.DELIVERED, clock.now()))


@pytest.mark.promise("P17")
def test_nothing_is_sent_inside_a_transaction(gateway, reminded):
    reminded()
    with pytest.raises(transaction.TransactionManagementError, match="P17"), transaction.atomic():
        send()
    assert gateway.calls.total() == 0


def test_a_suspension_is_notified_in_writing_whatever_the_daily_limit(ctx, today, mailoutbox, settings):
    settings.MESSAGES_A_DAY = 0
    premium = premiums.a_premium(ctx, DUE - 90 * DAY, holder=reachable())
    premiums.night(ctx, TODAY, GRACE, LAPSE)
    written()
    message = Message.objects.get(code="lapse_notice")
    assert (message.channel, message.send_on) == ("email", TODAY)
    assert send() == 1
    (letter,) = mailoutbox
    assert letter.subject == "保险合同效力中止通知书"
    assert all(said in letter.body for said in ("效力自2026年11月16日零时起中止", "2028年11月16日"))
    (notice,) = Event.objects.filter(name="lapse_notice.sent")
    assert (notice.subject_type, notice.subject_id) == ("policies.policy", premium.policy.pk)


def test_who_has_no_electronic_address_is_notified_by_post_and_the_duty_is_done(ctx, today):
    """B-05: the notice is owed whatever the channel."""
    premium = premiums.a_premium(ctx, DUE - 90 * DAY, holder=a_person("张伟"))
    premiums.night(ctx, TODAY, GRACE, LAPSE)
    written()
    message = Message.objects.get(code="lapse_notice")
    assert (message.status, message.channel, message.due_at) == (S.PLANNED, "post", None)
    assert told("message.letter_due")[0]["code"] == "lapse_notice"
    assert "效力自2026年11月16日零时起中止" in services.letter(message).text
    with pytest.raises(Refused) as refused:
        services.sent_by_post(ctx, message.pk, tracking=" ")
    assert refused.value.code == "tracking_required"
    assert fresh(message).status == S.PLANNED
    services.sent_by_post(ctx, message.pk, tracking="XA123456789CN")
    message = fresh(message)
    assert (message.status, message.provider_ref) == (S.ACCEPTED, "XA123456789CN")
    assert texts.again(message).digest == message.rendered_digest
    assert Event.objects.get(name="lapse_notice.sent").policy_id == premium.policy.pk
    with pytest.raises(Conflict) as refused:
        services.sent_by_post(ctx, message.pk, tracking="XA123456789CN")
    assert refused.value.code == "message_not_for_post"


def test_a_suspension_that_was_undone_is_not_notified(ctx, checker, today, mailoutbox):
    premium = premiums.a_premium(ctx, DUE - 90 * DAY, holder=reachable())
    premiums.night(ctx, TODAY, GRACE, LAPSE)
    written()
    premiums.pay(ctx, checker, premium, DUE - 40 * DAY)
    send()
    assert Message.objects.get(code="lapse_notice").reason == "overtaken"
    assert "lapse_notice" not in {payload["code"] for payload in told("message.accepted")}


def test_who_pays_in_grace_is_told_that_cover_goes_on_and_who_pays_on_time_is_not(ctx, checker, today, mailoutbox):
    late, timely = (premiums.a_premium(ctx, DUE - days * DAY, holder=reachable()) for days in (40, 0))
    premiums.night(ctx, TODAY, GRACE)
    for premium in (late, timely):
        premiums.pay(ctx, checker, premium, TODAY)
    written()
    send()
    assert [message.policy_id for message in Message.objects.filter(code="payment_confirmation")] == [late.policy.pk]
    assert [letter.subject for letter in mailoutbox] == ["续期保费到账确认"]


@pytest.fixture
def bounced(ctx, checker, today):
    """``bounced()``: a premium paid in grace after its last reminder was planned, whose payment came back today."""

    def make():
        premium = premiums.a_premium(ctx, DUE - 70 * DAY, holder=reachable())
        for day in range(-30, 59):
            premiums.night(ctx, premium.instalment.due_on + day * DAY, GRACE, REMIND)
        paid_on = premium.instalment.due_on + 54 * DAY
        paid = premiums.pay(ctx.on(paid_on), checker.on(paid_on), premium, paid_on)
        billing.reverse_receipt(ctx, paid.receipt.pk, "account closed")
        written()
        return premium.fresh(), Message.objects.get(code="payment_returned", policy=premium.policy)

    return make


@pytest.mark.promise("P06")
def test_who_pays_after_the_last_reminder_and_whose_payment_bounces_is_asked_again_before_cover_is_suspended(
    ctx, bounced, gateway, settings
):
    """B-01: 30 days from the demand, and the demand is made."""
    settings.MESSAGES_A_DAY = 0
    premium, message = bounced()
    opt_out(ctx, message.party_id)
    assert premium.instalment.grace_ends_on == TODAY + 30 * DAY
    assert send() == 1
    (text,) = gateway.texts[str(message.public_id)]
    assert all(
        said in text
        for said in ("未能入账", "人民币1,200.00元", "请在2026年12月30日（含当日）前", "自2026年12月31日零时起")
    )
    for night in range(31):
        premiums.night(ctx, TODAY + night * DAY, GRACE, LAPSE, REMIND)
    assert premium.fresh().policy.status == PolicyStatus.IN_FORCE
    premiums.night(ctx, TODAY + 31 * DAY, LAPSE)
    policy = premium.fresh().policy
    assert (policy.status, policy.suspended_on) == (PolicyStatus.SUSPENDED, TODAY + 31 * DAY)


@pytest.mark.promise("P06")
@pytest.mark.parametrize("fate", ["paid", "policy_not_in_force", "premium_barred"])
def test_premium_that_is_not_owed_any_more_is_not_demanded_after_a_bounce(ctx, checker, bounced, gateway, fate):
    premium, message = bounced()
    if fate == "paid":
        premiums.pay(ctx, checker, premium, TODAY)
    elif fate == "premium_barred":
        policies.place_hold(ctx, policy_id=premium.policy.pk, kind=HoldKind.NONDISCLOSURE, reason="looked into")
    else:
        policies.terminate(ctx, {premium.policy.pk: TODAY}, code=TerminationCode.SURRENDER)
    send()
    assert (fresh(message).status, fresh(message).reason) == (S.SKIPPED, fate)
    assert str(message.public_id) not in gateway.texts
