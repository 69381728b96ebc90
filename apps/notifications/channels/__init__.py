"""The channels 渠道 there are. A new one is a file beside these and a line here (docs/recipes/add-a-channel.md)."""

from apps.notifications.states import ChannelKind

from .base import Channel
from .email import EmailChannel
from .sms import SmsChannel

KINDS: tuple[type[Channel], ...] = (EmailChannel, SmsChannel)


def usable() -> dict[ChannelKind, Channel]:
    """Those that are set up, as the settings have them now; each caller gets its own."""
    return {channel.kind: channel for channel in (kind() for kind in KINDS) if channel.usable}
