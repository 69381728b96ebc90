"""Text messages 短信 through a gateway over HTTP.

``POST {url}/messages`` with our key as ``Idempotency-Key``: 422, 404 or 410 says that nobody has that number.
``GET {url}/messages/{key}`` tells what became of it, 404 that it was never seen. Whether the gateway dedupes by the key
is declared (``SMS_GATEWAY_DEDUPES``), not hoped for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import httpx
from django.conf import settings

from apps.notifications.rules import SendingHours
from apps.notifications.states import ChannelKind, MessageStatus
from apps.parties.states import ContactKind

from .base import Answer, Channel, NeverSeen, NoAnswer, OutgoingMessage, Receipt, Refused, SendOutcome, Sent, Unknown

TAKEN_LATER = {408, 425, 429, 503}
NO_SUCH_NUMBER = {404, 410, 422}
SERVER_ERROR = 500
LONGEST_REASON = 200
NEVER_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
KNOWN = {MessageStatus.ACCEPTED, MessageStatus.DELIVERED, MessageStatus.FAILED}


class SmsChannel(Channel):
    kind = ChannelKind.SMS
    contact = ContactKind.MOBILE
    answers = True
    disturbs = True

    def __init__(self) -> None:
        self.dedupes = settings.SMS_GATEWAY_DEDUPES
        self.hours = SendingHours.parse(settings.SMS_HOURS)
        self.timeout = settings.SMS_GATEWAY_TIMEOUT
        self._client: httpx.Client | None = None

    @property
    def usable(self) -> bool:
        return bool(settings.SMS_GATEWAY_URL)

    @contextmanager
    def session(self) -> Iterator[None]:
        headers = {"Authorization": f"Bearer {settings.SMS_GATEWAY_TOKEN}"} if settings.SMS_GATEWAY_TOKEN else {}
        url = settings.SMS_GATEWAY_URL.rstrip("/")
        with httpx.Client(base_url=url, headers=headers, timeout=self.timeout) as self._client:
            yield

    def send(self, message: OutgoingMessage) -> SendOutcome:
        key = str(message.public_id)
        body = {"to": message.to, "text": message.short, "reference": key}
        try:
            answer = self._open.post("/messages", json=body, headers={"Idempotency-Key": key})
        except NEVER_REACHED as error:
            return Refused(f"gateway: {type(error).__name__}", retry=True)
        except httpx.TransportError as error:
            return Unknown(f"gateway: {type(error).__name__}")
        return _outcome(answer)

    def ask(self, public_id: UUID) -> Answer:
        try:
            answer = self._open.get(f"/messages/{public_id}")
        except httpx.TransportError:
            return NoAnswer()
        if answer.status_code == httpx.codes.NOT_FOUND:
            return NeverSeen()
        return _receipt(answer) if answer.is_success else NoAnswer()

    @property
    def _open(self) -> httpx.Client:
        assert self._client, "a message is sent within a session"
        return self._client


def _outcome(answer: httpx.Response) -> SendOutcome:
    """A gateway that answers 5xx may have taken the message before it failed, except where it says it is too busy."""
    reason = f"gateway: {answer.status_code}"
    if answer.is_success:
        return Sent(str(_json(answer).get("id", "")))
    if answer.status_code in TAKEN_LATER:
        return Refused(reason, retry=True)
    if answer.status_code >= SERVER_ERROR:
        return Unknown(reason)
    return Refused(reason, bad_address=answer.status_code in NO_SUCH_NUMBER)


def _receipt(answer: httpx.Response) -> Answer:
    said = _json(answer)
    try:
        status, at = MessageStatus(said["status"]), datetime.fromisoformat(said["at"])
    except (KeyError, TypeError, ValueError):
        return NoAnswer()
    if status not in KNOWN or not at.tzinfo:
        return NoAnswer()
    return Receipt(status, at, str(said.get("reason", ""))[:LONGEST_REASON], said.get("permanent") is True)


def _json(answer: httpx.Response) -> dict:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
