"""E-mail 电子邮件 by SMTP. A mail server neither dedupes nor answers: at most once, and what is lost shows."""

import smtplib
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from apps.notifications.states import ChannelKind
from apps.parties.states import ContactKind

from .base import Channel, OutgoingMessage, Refused, SendOutcome, Sent, Unknown

PERMANENT = 500


class EmailChannel(Channel):
    kind = ChannelKind.EMAIL
    contact = ContactKind.EMAIL

    def __init__(self) -> None:
        self.timeout = settings.EMAIL_TIMEOUT

    def send(self, message: OutgoingMessage) -> SendOutcome:
        connection = get_connection()
        try:
            connection.open()
        except (smtplib.SMTPException, OSError) as error:
            return Refused(f"mail server: {_name(error)}", retry=True)
        return _hand_over(connection, _letter(message, connection))


def _hand_over(connection: BaseEmailBackend, letter: EmailMultiAlternatives) -> SendOutcome:
    """Once the letter is under way, only an answer of the server tells that it did not get there."""
    try:
        letter.send()
    except smtplib.SMTPRecipientsRefused as error:
        return _refused(max(code for code, _ in error.recipients.values()), error)
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, error)
    except (smtplib.SMTPException, OSError) as error:
        return Unknown(f"mail server: {_name(error)}")
    finally:
        connection.close()
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


def _refused(code: int, error: Exception) -> Refused:
    return Refused(f"mail server: {code} {_name(error)}", retry=code < PERMANENT)


def _name(error: Exception) -> str:
    return type(error).__name__
