"""Messages: what went to whom over which channel, and what became of it (screen S13)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.admin import (
    Choice,
    Column,
    Fact,
    Facts,
    Figure,
    StaffAdmin,
    StaffRequest,
    Table,
    badge,
    day,
    figure,
    link,
    tab,
)
from apps.core.admin.filters import NEWEST
from apps.core.admin.pages import HEALTH, Section
from apps.notifications import selectors, services
from apps.notifications.messages import MESSAGES
from apps.notifications.models import Message
from apps.notifications.states import ChannelKind, MessageStatus, Readers, Why
from apps.parties import presentation
from apps.policies import selectors as policies

S = MessageStatus
SHOWN = 60
TONES = {
    S.SENDING: "busy",
    S.ACCEPTED: "good",
    S.DELIVERED: "good",
    S.FAILED: "bad",
    S.DEAD: "bad",
    S.UNKNOWN: "warn",
}


def state(row: Message, said: Any = None) -> str:
    return badge(said or row.get_status_display(), TONES.get(MessageStatus(row.status), "plain"))


def label(row: Message) -> str:
    return _called(row.code)


def reason(row: Any) -> str:
    """Our own reasons in the reader's language, a provider's as it gave them."""
    return str(dict(Why.choices).get(row.reason, row.reason))


def recipient(row: Message) -> str:
    """The customer, masked and leading to his page, the colleague, or the office's group."""
    if row.party:
        return link(row.party, presentation.masked_name(row.party))
    return row.user.name if row.user else str(Readers.HOUSE.label)


COLUMNS = (
    Column(_("Channel"), lambda row: row.get_channel_display() or "—"),
    Column(_("State"), state),
    Column(_("For"), "send_on"),
    Column(_("Attempts"), "attempts", numeric=True),
    Column(_("Accepted at"), "accepted_at"),
    Column(_("Reason"), reason),
)


@admin.register(Message)
class MessageAdmin(StaffAdmin):
    read = "message_read.R"
    most_counted = 1000
    about = _("Each message is sent once. What may or may not have gone out is unknown until the provider answers.")
    search_hint = _("Policy number")
    related = ("policy", "party", "user")
    list_template = "staff/messages.html"
    columns = (
        Column(_("Message"), label),
        Column(_("Policy"), lambda row: row.policy.number if row.policy else ""),
        Column(_("Recipient"), recipient),
        *COLUMNS,
    )
    filters = (
        Choice("status", _("State"), S.choices),
        Choice("channel", _("Channel"), ChannelKind.choices, among=NEWEST),
        Choice("code", _("Message"), [(each.code, each.label) for each in MESSAGES]),
    )

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.visible_to(request.user)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.reached_by(request.user, permission)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        return rows.filter(policy__in=policies.ids_beginning(text))

    def heading(self, obj: Message) -> str:
        return f"{label(obj)} · {obj.policy.number}" if obj.policy else label(obj)

    def frame(self, request: StaffRequest, obj: Any = None) -> dict[str, Any]:
        """The list has the groups of what went wrong above it."""
        frame = super().frame(request, obj)
        return frame if obj else {**frame, "groups": _groups(request)}

    def badges(self, obj: Message) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: Message) -> Sequence[Fact]:
        return [
            Fact(_("Policy"), link(obj.policy)),
            Fact(_("Recipient"), recipient(obj)),
            Fact(_("Channel"), obj.get_channel_display()),
            Fact(_("For"), day(obj.send_on)),
            Fact(_("Accepted at"), obj.accepted_at),
            Fact(_("Delivered at"), obj.delivered_at),
            Fact(_("Reason"), reason(obj)),
        ]

    def overview(self, request: StaffRequest, obj: Message) -> Sequence[Section]:
        proof = [
            Fact(_("Template"), obj.template),
            Fact(_("Provider reference"), obj.provider_ref),
            Fact(_("Attempts"), obj.attempts),
            Fact(_("Digest of the text"), obj.rendered_digest[:16]),
        ]
        return [*text_of(obj), *history(obj), Facts(proof, _("Proof"))]


GROUP_COLUMNS = (
    Column(_("State"), lambda row: badge(S(row["status"]).label, TONES.get(S(row["status"]), "plain"))),
    Column(_("Message"), lambda row: format_html('<a href="?{}">{}</a>', _narrowing(row), _called(row["code"]))),
    Column(_("Channel"), lambda row: ChannelKind(row["channel"]).label if row["channel"] else ""),
    Column(_("Reason"), lambda row: dict(Why.choices).get(row["reason"], row["reason"])),
    Column(_("How many"), lambda row: row["many"], numeric=True),
)


def _groups(request: StaffRequest) -> Table:
    """错误分组: what went wrong or nobody knows of, by kind, channel and reason, the most frequent first."""
    return Table(GROUP_COLUMNS, selectors.troubles(request.user), _("What went wrong"))


def _narrowing(row: dict[str, Any]) -> str:
    return urlencode({"status": row["status"], "channel": row["channel"], "code": row["code"]})


def _called(code: str) -> str:
    return str(MESSAGES[code].label) if code in MESSAGES else code


HISTORY_COLUMNS = (
    Column(_("At"), "at"),
    Column(_("What happened"), "get_happening_display"),
    Column(_("Provider reference"), "provider_ref"),
    Column(_("Reason"), reason),
)


def history(message: Message) -> list[Section]:
    """Each attempt and receipt of this message, and the same message by other channels."""
    attempts = Table(
        HISTORY_COLUMNS, message.history.order_by("at", "pk"), _("Attempts and receipts"), empty=_("Not tried yet.")
    )
    others = list(selectors.by_other_channels(message))
    to_it = Column(_("Channel"), lambda row: link(row, row.get_channel_display() or "—"))
    return [attempts, Table([to_it, *COLUMNS[1:]], others, _("By other channels"))] if others else [attempts]


def text_of(message: Message) -> list[Section]:
    """The text as it was sent, or is to go by post: it names the customer by surname only."""
    if not (message.params or services.may_go_by_post(message)) or message.code not in MESSAGES:
        return []
    text = services.letter(message)
    whole = text.short if message.channel == ChannelKind.SMS else text.text
    shown = [Fact(_("Subject line"), text.subject), Fact(_("Text"), format_html('<pre class="letter">{}</pre>', whole))]
    return [Facts(shown, _("As the customer reads it"))]


@tab("policies.policy", _("Messages"), order=55, permission="message_read.R")
def messages(request: StaffRequest, policy) -> Sequence[Section]:
    rows = Message.objects.filter(policy=policy).order_by("-pk")[:SHOWN]
    what = Column(_("Message"), lambda row: link(row, label(row)))
    return [Table([what, *COLUMNS], rows, empty=_("No message about this policy yet."))]


@figure(_("Messages"), permission="message_read.R", order=40)
def figures(request: StaffRequest) -> Sequence[Figure]:
    counts = selectors.visible_to(request.user).aggregate(
        waiting=Count("pk", filter=Q(status=S.PLANNED, due_at__isnull=False)),
        unknown=Count("pk", filter=Q(status=S.UNKNOWN)),
        failed=Count("pk", filter=Q(status__in=[S.FAILED, S.DEAD])),
        letters=Count("pk", filter=Q(channel=ChannelKind.POST, status__in=[S.PLANNED, S.SENDING])),
    )
    address = "/admin/notifications/message/?status="
    return [
        Figure(_("waiting to be sent"), counts["waiting"], f"{address}planned"),
        Figure(_("of unknown fate"), counts["unknown"], f"{address}unknown", "warn" if counts["unknown"] else "plain"),
        Figure(
            _("letters to post"),
            counts["letters"],
            "/admin/notifications/letter/",
            "warn" if counts["letters"] else "plain",
            waits=request.user.has_perm("message_retry.E"),
        ),
        Figure(_("failed"), counts["failed"], f"{address}failed", "bad" if counts["failed"] else "plain"),
    ]


@figure(_("Messages"), permission="system_health.R", order=20, board=HEALTH)
def health(request: StaffRequest) -> Sequence[Figure]:
    """Counts alone, for those who run the house and read no customer's message."""
    counts = Message.objects.filter(status__in=[S.DEAD, S.UNKNOWN, S.PLANNED]).aggregate(
        due=Count("pk", filter=Q(status=S.PLANNED, due_at__lte=clock.now())),
        unknown=Count("pk", filter=Q(status=S.UNKNOWN)),
        dead=Count("pk", filter=Q(status=S.DEAD)),
    )
    address = "/admin/notifications/message/?status={}" if request.user.has_perm("message_read.R") else ""
    return [
        Figure(_("to be sent now"), counts["due"]),
        Figure(_("of unknown fate"), counts["unknown"], address.format("unknown")),
        Figure(_("given up"), counts["dead"], address.format("dead"), "bad" if counts["dead"] else "plain"),
    ]
