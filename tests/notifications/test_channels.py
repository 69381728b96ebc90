"""Channels against real servers: what each answer of a provider means."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from apps.notifications import channels
from apps.notifications.channels.base import (
    NeverSeen,
    NoAnswer,
    OutgoingMessage,
    Receipt,
    Refused,
    SendOutcome,
    Sent,
    Unknown,
)
from apps.notifications.channels.email import EmailChannel, message_id
from apps.notifications.channels.sms import SmsChannel
from apps.notifications.states import ChannelKind, MessageStatus


def a_message(to: str = "13800000000") -> OutgoingMessage:
    return OutgoingMessage(uuid4(), to, "主题", "正文", "<p>正文</p>", "短信")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(
    ("mood", "outcome"),
    [
        ("busy", Refused("gateway: 429", retry=True)),
        ("invalid", Refused("gateway: 400")),
        ("broken", Unknown("gateway: 500")),
        ("broken_after", Unknown("gateway: 500")),
        ("hang", Unknown("gateway: ReadTimeout")),
        ("drop", Unknown("gateway: RemoteProtocolError")),
    ],
)
def test_a_gateway_in_this_mood_leaves_us_knowing_this_much(gateway, mood, outcome):
    gateway.script = [mood]
    channel = SmsChannel()
    with channel.session():
        assert channel.send(a_message()) == outcome


def test_a_gateway_that_takes_a_message_says_under_which_number(gateway):
    channel, message = SmsChannel(), a_message()
    with channel.session():
        assert channel.send(message) == Sent(f"gw-{str(message.public_id)[:8]}")
    assert gateway.texts == {str(message.public_id): {"短信"}}


@pytest.mark.promise("P02")
def test_the_same_key_is_delivered_once_however_often_it_is_sent(gateway):
    channel, message = SmsChannel(), a_message()
    gateway.script = ["broken_after", "drop", "well"]
    with channel.session():
        assert [type(channel.send(message)) for _ in range(3)] == [Unknown, Unknown, Sent]
    assert (gateway.calls.total(), gateway.duplicates) == (3, 0)


def test_a_gateway_that_is_not_there_has_surely_not_taken_it(settings, gateway):
    settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{closed_port()}"
    channel = SmsChannel()
    with channel.session():
        assert channel.send(a_message()) == Refused("gateway: ConnectError", retry=True)
        assert channel.ask(uuid4()) == NoAnswer()


def test_a_gateway_can_be_asked_what_became_of_a_message(gateway):
    channel, message = SmsChannel(), a_message()
    gateway.script = ["drop"]
    with channel.session():
        assert channel.ask(message.public_id) == NeverSeen()
        channel.send(message)
        answer = channel.ask(message.public_id)
    assert isinstance(answer, Receipt)
    assert answer.status == MessageStatus.DELIVERED


def test_text_messages_are_off_until_a_gateway_is_named(settings):
    settings.SMS_GATEWAY_URL = ""
    assert list(channels.usable()) == [ChannelKind.EMAIL, ChannelKind.INBOX]


def mailed(message: OutgoingMessage) -> SendOutcome:
    channel = EmailChannel()
    with channel.session():
        return channel.send(message)


@contextmanager
def mail_server(settings, *, mailbox: str = "250 OK", letter: str = "250 taken") -> Iterator[None]:
    """A mail server that answers RCPT and DATA with these lines; ``""`` hangs up instead."""

    class Handler:
        async def handle_RCPT(self, server: SMTP, session, envelope, address, options) -> str:
            envelope.rcpt_tos.append(address)
            return mailbox

        async def handle_DATA(self, server: SMTP, session, envelope) -> str:
            if not letter:
                server.transport.close()
            return letter

    controller = Controller(Handler(), hostname="127.0.0.1", port=closed_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    try:
        yield
    finally:
        controller.stop()


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"mailbox": "550 no such mailbox"}, Refused("mail server: 550 SMTPRecipientsRefused", bad_address=True)),
        ({"mailbox": "450 mailbox busy"}, Refused("mail server: 450 SMTPRecipientsRefused", retry=True)),
        ({"letter": "554 looks like spam"}, Refused("mail server: 554 SMTPDataError")),
        ({"letter": "451 try again later"}, Refused("mail server: 451 SMTPDataError", retry=True)),
        ({"letter": ""}, Unknown("mail server: SMTPServerDisconnected")),
    ],
)
def test_a_mail_server_that_answers_so_leaves_us_knowing_this_much(settings, answers, outcome):
    with mail_server(settings, **answers):
        assert mailed(a_message("zhang@example.com")) == outcome


def test_a_letter_carries_our_key_as_its_name(settings):
    message = a_message("zhang@example.com")
    with mail_server(settings):
        assert mailed(message) == Sent(message_id(message.public_id))


def test_a_mail_server_that_is_not_there_has_surely_not_taken_it(settings):
    with mail_server(settings):
        pass
    outcome = mailed(a_message("zhang@example.com"))
    assert outcome == Refused("mail server: ConnectionRefusedError", retry=True)


def test_a_session_calls_its_mail_server_once_and_again_when_it_has_hung_up(settings):
    channel = EmailChannel()
    with mail_server(settings), channel.session():
        lines = []
        for _ in range(3):
            assert isinstance(channel.send(a_message("zhang@example.com")), Sent)
            lines.append(channel._connection.connection)
        assert len(set(map(id, lines))) == 1
        lines[0].sock.shutdown(socket.SHUT_RDWR)
        assert isinstance(channel.send(a_message("zhang@example.com")), Sent)
        assert channel._connection.connection is not lines[0]
    assert channel._connection.connection is None


def test_a_number_that_nobody_has_is_said_to_be_a_bad_address(gateway):
    gateway.script = ["nobody"]
    channel = SmsChannel()
    with channel.session():
        assert channel.send(a_message()) == Refused("gateway: 422", bad_address=True)
