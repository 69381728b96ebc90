"""What must hold between settings before a sender may run."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register

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
    slowest = max(settings.SMS_GATEWAY_TIMEOUT, settings.EMAIL_TIMEOUT)
    if slowest < settings.MESSAGE_LEASE_SECONDS:
        return []
    return [
        Error(f"MESSAGE_LEASE_SECONDS must be more than {slowest}, a provider's time-out.", id="notifications.E002")
    ]
