"""A message platform of the company's own 消息平台, by a signed webhook: it knows how to reach each customer.

``POST {MESSAGE_WEBHOOK_URL}`` with a Standard Webhooks signature; ``webhook-id`` is our key, by which receivers dedupe.
The body names the customer by his public id and holds no address: ``{"to", "subject", "text", "short"}``. What became
of it comes back by the door for receipts.
"""

from collections.abc import Collection, Mapping

import httpx
from django.conf import settings

from apps.core import clock, outgoing, signing
from apps.core.json import dumps
from apps.notifications.states import ChannelKind
from apps.parties import selectors as parties

from .base import Channel, OutgoingMessage, Refused, SendOutcome, Sent, Unknown
from .sms import NEVER_REACHED, SERVER_ERROR, TAKEN_LATER


class WebhookChannel(Channel):
    kind = ChannelKind.WEBHOOK
    disturbs = True

    def __init__(self) -> None:
        self.dedupes = settings.MESSAGE_WEBHOOK_DEDUPES
        self.timeout = settings.MESSAGE_WEBHOOK_TIMEOUT

    @property
    def usable(self) -> bool:
        return bool(settings.MESSAGE_WEBHOOK_URL and settings.MESSAGE_WEBHOOK_SECRETS)

    def addresses(self, readers: Collection[int]) -> Mapping[int, str]:
        return {pk: str(public_id) for pk, public_id in parties.public_ids(readers).items()}

    def send(self, message: OutgoingMessage) -> SendOutcome:
        said = {"to": message.to, "subject": message.subject, "text": message.text, "short": message.short}
        body = dumps(said).encode()
        headers = signing.sign(settings.MESSAGE_WEBHOOK_SECRETS, str(message.public_id), clock.now(), body)
        headers["content-type"] = "application/json"
        try:
            with outgoing.client(timeout=self.timeout) as client:
                answer = client.post(settings.MESSAGE_WEBHOOK_URL, content=body, headers=headers)
        except (outgoing.UrlRefused, httpx.InvalidURL):
            return Refused(f"webhook: {outgoing.REFUSED}")
        except NEVER_REACHED as error:
            return Refused(f"webhook: {type(error).__name__}", retry=True)
        except httpx.TransportError as error:
            return Unknown(f"webhook: {type(error).__name__}")
        return _outcome(answer)


def _outcome(answer: httpx.Response) -> SendOutcome:
    """A redirect is a refusal: we call the address we were given."""
    reason = f"webhook: {answer.status_code}"
    if answer.is_success:
        return Sent()
    if answer.status_code in TAKEN_LATER:
        return Refused(reason, retry=True)
    return Unknown(reason) if answer.status_code >= SERVER_ERROR else Refused(reason)
