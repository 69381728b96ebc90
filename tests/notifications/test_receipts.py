"""The door for receipts: who may push, what is believed, and what a stranger's mail can do."""

import base64
import json
from datetime import timedelta, timezone
from email.message import EmailMessage
from io import BytesIO, TextIOWrapper
from itertools import permutations
from uuid import uuid4

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.models import Event
from apps.core import clock, signing
from apps.notifications import bounces, sender, services
from apps.notifications.channels.base import Receipt
from apps.notifications.channels.email import message_id
from apps.notifications.models import Message, ReceiptCount
from apps.notifications.states import MessageStatus
from apps.parties import selectors as parties
from apps.parties.states import ContactKind
from tests.notifications.conftest import later, send, written

pytestmark = [pytest.mark.django_db(transaction=True)]
S = MessageStatus
SMS, MAIL = ("whsec_" + base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))


@pytest.fixture(autouse=True)
def secrets(settings):
    settings.RECEIPT_SECRETS = [f"sms={SMS}", f"email={MAIL}", "post=" + SMS]


@pytest.fixture
def push(client):
    def push(body, *, channel="sms", secret=SMS, name="r1", content_type="application/json", **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = signing.sign([secret], name, clock.now(), content) | headers
        return client.post(f"/receipts/{channel}", content, content_type=content_type, headers=signed)

    return push


def receipt(public_id, status="delivered", **more) -> dict:
    return {"id": str(public_id), "status": status, "at": clock.now().isoformat(), **more}


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


@pytest.mark.promise("P10")
def test_a_signed_receipt_is_noted_and_what_is_nobodys_is_counted(gateway, reminded, push):
    _, message = reminded()
    send()
    answer = push({"receipts": [receipt(message.public_id), receipt(uuid4()), receipt(uuid4(), "failed")]})
    assert (answer.status_code, answer.json()) == (200, {"noted": 1, "unknown": 2, "malformed": 0})
    assert fresh(message).status == S.DELIVERED
    assert push({"receipts": [receipt(uuid4())]}, name="r2").json()["unknown"] == 1
    count = ReceiptCount.objects.get()
    assert (count.source, count.noted, count.unknown) == ("sms", 1, 3)


@pytest.mark.promise("P10")
def test_a_push_that_is_repeated_changes_nothing(gateway, reminded, push):
    _, message = reminded()
    send()
    body = {"receipts": [receipt(message.public_id, "failed", reason="phone off")]}
    for _ in range(4):
        assert push(body).json()["noted"] == 1
    assert [each.happening for each in message.history.order_by("pk")] == ["taken", "failed"]
    assert Event.objects.filter(name="message.failed").count() == 1
    assert parties.contact_for([message.party_id], ContactKind.MOBILE)


@pytest.mark.promise("P10")
def test_receipts_end_alike_in_whatever_order_they_are_pushed(gateway, reminded, push):
    ends = set()
    pushed = [receipt(0, status) for status in ("accepted", "failed", "delivered")]
    for number, order in enumerate(permutations(pushed)):
        _, message = reminded()
        send()
        for each in order:
            push({"receipts": [each | {"id": str(message.public_id)}]}, name=f"r{number}{each['status']}")
        message = fresh(message)
        ends.add((message.status, message.delivered_at, message.history.count()))
    assert len(ends) == 1


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"secret": MAIL}, 401),
        ({"channel": "email"}, 401),
        ({"channel": "post"}, 401),
        ({"channel": "nobody"}, 401),
        ({"webhook-timestamp": "1"}, 401),
        ({"webhook-signature": ""}, 401),
        ({"webhook-id": "another"}, 401),
    ],
)
def test_a_stranger_is_sent_away_and_changes_nothing(gateway, reminded, push, how, status):
    _, message = reminded()
    send()
    answer = push({"receipts": [receipt(message.public_id)]}, **how)
    assert (answer.status_code, answer["content-type"]) == (status, "application/problem+json")
    assert (fresh(message).status, ReceiptCount.objects.count()) == (S.ACCEPTED, 0)


def test_a_provider_speaks_for_its_own_channel_only(gateway, reminded, push):
    _, message = reminded()
    send()
    answer = push({"receipts": [receipt(message.public_id)]}, channel="email", secret=MAIL)
    assert answer.json() == {"noted": 0, "unknown": 1, "malformed": 0}
    assert fresh(message).status == S.ACCEPTED


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'"x"', b"{}", b'{"receipts": 3}', b"[" * 100_000])
def test_what_is_no_list_of_receipts_is_refused(today, push, body):
    assert push(body).status_code == 400


def test_too_much_at_once_is_refused(today, push):
    assert push({"receipts": [receipt(uuid4())] * 1001}).status_code == 400
    assert push(b"x" * 3_000_000).status_code == 413


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.promise("P10")
def test_an_entry_that_cannot_be_read_spoils_no_other(gateway, reminded, push):
    _, message = reminded()
    send()

    @given(odd=ODD, field=st.sampled_from(["id", "status", "at", "reason", "permanent", None]))
    def check(odd, field):
        entry = odd if field is None else receipt(uuid4()) | {field: odd}
        answer = push({"receipts": [entry, receipt(message.public_id)]}, name=str(uuid4()))
        assert (answer.status_code, answer.json()["noted"]) == (200, 1)

    check()
    early = receipt(message.public_id) | {"at": "0001-01-01T00:00:00+00:00"}
    assert push({"receipts": [early]}).json()["malformed"] == 1


@pytest.fixture
def mailed(today, reminded, mailoutbox) -> Message:
    """A reminder that a mail server took."""
    _, message = reminded()
    send()
    return fresh(message)


def a_bounce(message_key: str, *, status="5.1.1", action="failed", subtype="delivery-status") -> bytes:
    """What a mail server writes when it could not bring a letter."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = (
        "Undelivered",
        "MAILER-DAEMON@mx.example.com",
        "service@policyops.example",
    )
    mail["Date"] = clock.now()
    lines = [
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "MIME-Version: 1.0",
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "The address was not found.",
        "--b",
        f"Content-Type: message/{subtype}",
        "",
        "Reporting-MTA: dns; mx.example.com",
        "",
        "Final-Recipient: rfc822; someone@example.com",
        f"Action: {action}",
        f"Status: {status}",
        "",
        "--b",
        "Content-Type: text/rfc822-headers",
        "",
        f"Message-ID: {message_key}",
        "Subject: x",
        "",
        "--b--",
        "",
    ]
    return mail.as_bytes().split(b"\n\n")[0] + b"\n" + "\n".join(lines).encode()


@pytest.mark.promise("P10")
def test_a_bounce_makes_the_mailbox_doubtful_and_the_next_channel_is_taken(mailed, gateway, push):
    answer = push(a_bounce(message_id(mailed.public_id)), channel="email", secret=MAIL, content_type="message/rfc822")
    assert answer.json() == {"noted": 1, "unknown": 0, "malformed": 0}
    assert (fresh(mailed).status, fresh(mailed).reason) == (S.FAILED, "bounce: 5.1.1")
    assert parties.contact_for([mailed.party_id], ContactKind.EMAIL) == {}
    written()
    assert Message.objects.get(instead_of=mailed).channel == "sms"


@pytest.mark.parametrize(
    ("status", "action", "ending", "still_good"),
    [
        ("5.2.2", "failed", S.FAILED, True),
        ("4.4.7", "failed", S.FAILED, True),
        ("5.1.2", "failed", S.FAILED, False),
        ("2.0.0", "delivered", S.DELIVERED, True),
        ("4.4.1", "delayed", S.ACCEPTED, True),
        ("nonsense", "failed", S.ACCEPTED, True),
    ],
)
def test_a_status_code_says_what_became_of_letter_and_mailbox(mailed, status, action, ending, still_good, tmp_path):
    mail = tmp_path / "bounce.eml"
    mail.write_bytes(a_bounce(message_id(mailed.public_id), status=status, action=action))
    for _ in range(4):
        call_command("note_bounces", mail)
    assert fresh(mailed).status == ending
    assert bool(parties.contact_for([mailed.party_id], ContactKind.EMAIL)) == still_good


def test_a_mail_server_may_pipe_its_bounces_in(mailed, monkeypatch, capsys):
    piped = TextIOWrapper(BytesIO(a_bounce(message_id(mailed.public_id))))
    monkeypatch.setattr("sys.stdin", piped)
    call_command("note_bounces")
    assert fresh(mailed).status == S.FAILED
    assert capsys.readouterr().out == "1 mails: 1 noted, 0 about no letter of ours\n"


HOSTILE = [
    b"",
    b"\x00\xff" * 1000,
    b"Content-Type: multipart/report; boundary=\n\n",
    b"Content-Type: multipart/report; boundary=b\n\n" + b"--b\n" * 20000,
    b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)),
    b"Content-Type: message/rfc822\n\n" * 3000,
    b"Content-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n\n",
    b"Message-ID: <../../etc/passwd>\nAction: failed\nStatus: 5.1.1\n\n",
    b"Content-Type: text/rfc822-headers; charset=unknown-9\nContent-Transfer-Encoding: base64\n\n%%%%",
    b"Date: " + b"9" * 5000 + b"\n\n",
    b"x" * (bounces.MOST_BYTES + 1),
]


@pytest.mark.parametrize("mail", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_mail_is_no_bounce_and_no_fault(mail):
    assert bounces.read(mail, now=clock.now()) == []


@given(st.binary(max_size=2000))
def test_no_bytes_whatever_break_the_reader(mail):
    assert bounces.read(mail, now=clock.now()) == []


def test_a_bounce_of_somebody_elses_letter_is_counted_only(mailed, push):
    for key, answer in (
        (f"<{uuid4()}@policyops.example>", {"noted": 0, "unknown": 1, "malformed": 0}),
        ("<x@y>", {"noted": 0, "unknown": 0, "malformed": 1}),
    ):
        got = push(a_bounce(key), channel="email", secret=MAIL, content_type="message/rfc822")
        assert got.json() == answer
    assert fresh(mailed).status == S.ACCEPTED


def test_a_polled_answer_leaves_its_trace_too(gateway, reminded, settings):
    settings.SMS_GATEWAY_DEDUPES = gateway.dedupes = False
    _, message = reminded()
    gateway.script = ["drop"]
    send()
    sender.ask(now=later(hours=1))
    assert [each.happening for each in message.history.order_by("pk")] == ["no_answer", "delivered"]


def test_a_number_that_does_not_exist_is_doubtful_at_once(ctx, gateway, reminded):
    _, message = reminded()
    send()
    said = Receipt(S.FAILED, clock.now(), "no such number", bad_address=True)
    services.note_receipt(ctx, message.public_id, said)
    assert parties.contact_for([message.party_id], ContactKind.MOBILE) == {}
    assert Event.objects.filter(name="party.contact_doubted").count() == 1


def test_what_no_database_can_keep_is_noted_in_words_it_can(gateway, reminded, push):
    _, message = reminded()
    send()
    at = clock.now().astimezone(timezone(timedelta(hours=23))).isoformat()
    answer = push({"receipts": [{**receipt(message.public_id, "failed"), "at": at, "reason": "half \ud83d"}]})
    assert answer.json()["noted"] == 1
    assert fresh(message).status == S.FAILED
