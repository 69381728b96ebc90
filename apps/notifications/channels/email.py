"""E-mail 电子邮件 by SMTP. A mail server neither dedupes nor answers: at most once, and what is lost shows.

One connection serves a whole session; a server that has hung up meanwhile is called again.
"""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from apps.notifications.states import ChannelKind
from apps.parties.states import ContactKind

from .base import Channel, OutgoingMessage, Refused, SendOutcome, Sent, Unknown

PERMANENT = 500
NO_SUCH_MAILBOX = frozenset({550, 551, 553})


class EmailChannel(Channel):
    kind = ChannelKind.EMAIL
    contact = ContactKind.EMAIL

    def __init__(self) -> None:
        self.timeout = settings.EMAIL_TIMEOUT
        self._connection: BaseEmailBackend | None = None

    @contextmanager
    def session(self) -> Iterator[None]:
        self._connection = get_connection()
        try:
            yield
        finally:
            self._hang_up()

    def send(self, message: OutgoingMessage) -> SendOutcome:
        try:
            connection = self._called()
        except (smtplib.SMTPException, OSError) as error:
            return Refused(f"mail server: {_name(error)}", retry=True)
        outcome = _hand_over(_letter(message, connection))
        if not isinstance(outcome, Sent):
            self._hang_up()
        return outcome

    def _called(self) -> BaseEmailBackend:
        """The open connection, asked whether anybody is still there; so a letter is never begun on a dead line."""
        assert self._connection, "a message is sent within a session"
        line = getattr(self._connection, "connection", None)
        if line is not None and not _alive(line):
            self._hang_up()
        self._connection.open()
        return self._connection

    def _hang_up(self) -> None:
        if self._connection:
            with suppress(smtplib.SMTPException, OSError):
                self._connection.close()


def _alive(line: smtplib.SMTP) -> bool:
    try:
        return line.noop()[0] < PERMANENT
    except (smtplib.SMTPException, OSError):
        return False


def _hand_over(letter: EmailMultiAlternatives) -> SendOutcome:
    """Once the letter is under way, only an answer of the server tells that it did not get there."""
    try:
        letter.send()
    except smtplib.SMTPRecipientsRefused as error:
        code = max(code for code, _ in error.recipients.values())
        return _refused(code, error, bad_address=code in NO_SUCH_MAILBOX)
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, error)
    except (smtplib.SMTPException, OSError) as error:
        return Unknown(f"mail server: {_name(error)}")
    return Sent(letter.extra_headers["Message-ID"])


def _letter(message: OutgoingMessage, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    headers = {"Message-ID": message_id(message.public_id), "Auto-Submitted": "auto-generated"}
    letter = EmailMultiAlternatives(
        message.subject, message.text, to=[message.to], headers=headers, connection=connection
    )
    letter.attach_alternative(message.html, "text/html")
    return letter


def message_id(public_id: UUID) -> str:
    """The letter's own name, made from our key: a mailbox that gets it twice can tell."""
    return f"<{public_id}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].rstrip('>')}>"


def _refused(code: int, error: Exception, *, bad_address: bool = False) -> Refused:
    return Refused(f"mail server: {code} {_name(error)}", retry=code < PERMANENT, bad_address=bad_address)


def _name(error: Exception) -> str:
    return type(error).__name__
