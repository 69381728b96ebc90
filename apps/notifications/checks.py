"""What must hold between settings before a sender may run."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register

from apps.core import signing

from . import channels
from .rules import SendingHours


@register(Tags.compatibility)
def hours_can_be_read(app_configs: Any, **kwargs: Any) -> list[Error]:
    try:
        SendingHours.parse(settings.SMS_HOURS)
    except ValueError:
        return [Error("SMS_HOURS is written as 09:00-20:00.", id="notifications.E001")]
    return []


@register(Tags.compatibility)
def leases_outlive_calls(app_configs: Any, **kwargs: Any) -> list[Error]:
    """A message whose lease is shorter than a call to its provider would be claimed and never tried."""
    if hours_can_be_read(app_configs):
        return []
    slowest = max(channel.timeout for channel in channels.usable().values())
    if slowest < settings.MESSAGE_LEASE_SECONDS:
        return []
    return [
        Error(f"MESSAGE_LEASE_SECONDS must be more than {slowest}, a provider's time-out.", id="notifications.E002")
    ]


@register(Tags.compatibility)
def secrets_keep_something(app_configs: Any, **kwargs: Any) -> list[Error]:
    """A signing secret that cannot be read or is too short is found at start, not with the first receipt."""
    pairs = [entry.partition("=") for entry in settings.RECEIPT_SECRETS]
    try:
        for secret in [*settings.MESSAGE_WEBHOOK_SECRETS, *(secret for _channel, _, secret in pairs)]:
            signing.key_of(secret)
    except ValueError as error:
        return [Error(f"RECEIPT_SECRETS or MESSAGE_WEBHOOK_SECRETS: {error}.", id="notifications.E003")]
    return []
