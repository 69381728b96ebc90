"""The channels 渠道 there are. A new one is a file beside these and a line here (docs/recipes/add-a-channel.md)."""

from apps.notifications.states import ChannelKind

from .base import Channel
from .email import EmailChannel
from .inbox import InboxChannel
from .sms import SmsChannel
from .webhook import WebhookChannel
from .wecom import RobotChannel, WecomChannel

KINDS: tuple[type[Channel], ...] = (
    EmailChannel,
    SmsChannel,
    WebhookChannel,
    InboxChannel,
    WecomChannel,
    RobotChannel,
)
CONTACTS = {kind.kind: kind.contact for kind in KINDS if kind.contact}
"""The kind of contact each channel writes to."""


def usable() -> dict[ChannelKind, Channel]:
    """Those that are set up, as the settings have them now; each caller gets its own."""
    return {channel.kind: channel for channel in (kind() for kind in KINDS) if channel.usable}
