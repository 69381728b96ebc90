"""Messages: what went to whom over which channel, and what became of it (screen S13)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import (
    Act,
    ActForm,
    Choice,
    Column,
    Done,
    Fact,
    Facts,
    Figure,
    ReasonForm,
    StaffAdmin,
    StaffRequest,
    Table,
    act,
    badge,
    day,
    figure,
    link,
    tab,
)
from apps.core.admin.filters import NEWEST
from apps.core.admin.pages import Section
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.parties import presentation
from apps.policies import selectors as policies

from . import selectors, services
from .messages import MESSAGES
from .models import Message
from .states import ChannelKind, MessageStatus, Why

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


def state(row: Message) -> str:
    return badge(row.get_status_display(), TONES.get(MessageStatus(row.status), "plain"))


def label(row: Message) -> str:
    return str(MESSAGES[row.code].label) if row.code in MESSAGES else row.code


def reason(row: Message) -> str:
    return str(dict(Why.choices).get(row.reason, row.reason))


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
    related = ("policy", "party")
    columns = (
        Column(_("Message"), label),
        Column(_("Policy"), lambda row: row.policy.number),
        Column(_("Recipient"), lambda row: presentation.masked_name(row.party)),
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
        return f"{label(obj)} · {obj.policy.number}"

    def badges(self, obj: Message) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: Message) -> Sequence[Fact]:
        return [
            Fact(_("Policy"), link(obj.policy)),
            Fact(_("Recipient"), link(obj.party, presentation.masked_name(obj.party))),
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
        return [*_text(obj), Facts(proof, _("Proof"))]


def _text(message: Message) -> list[Section]:
    """The text as it was sent, or is to go by post: it names the customer by surname only."""
    if not (message.params or services.may_go_by_post(message)):
        return []
    text = services.letter(message)
    whole = text.short if message.channel == ChannelKind.SMS else text.text
    shown = [Fact(_("Subject line"), text.subject), Fact(_("Text"), format_html('<pre class="letter">{}</pre>', whole))]
    return [Facts(shown, _("As the customer reads it"))]


@act("notifications.message")
class SendAgain(Act):
    name, label, permission, main = "send_again", _("Send again"), "message_retry.E", True
    form = ReasonForm
    intro = _("With the address and the facts of today. Only what failed can be sent again.")

    def why_not(self, ctx: Context, obj: Message) -> Refusal | None:
        retriable = obj.status in (S.FAILED, S.DEAD)
        return None if retriable else Refusal("message_not_retriable", {"status": obj.get_status_display()})

    def run(self, ctx: Context, obj: Message, data: dict[str, Any]) -> Done:
        services.retry(ctx, obj.pk, reason=data["reason"])
        return Done(_now("The message will be sent again."))


class PostForm(ActForm):
    tracking = forms.CharField(label=_("Number of the dispatch"), max_length=120)


@act("notifications.message")
class SentByPost(Act):
    name, label, permission = "sent_by_post", _("Sent by post"), "message_retry.E"
    form = PostForm
    intro = _("For a customer no electronic channel reaches. Post the letter first, then note its number here.")

    def why_not(self, ctx: Context, obj: Message) -> Refusal | None:
        posted = services.may_go_by_post(obj)
        return None if posted else Refusal("message_not_for_post", {"status": obj.get_status_display()})

    def run(self, ctx: Context, obj: Message, data: dict[str, Any]) -> Done:
        services.sent_by_post(ctx, obj.pk, tracking=data["tracking"])
        return Done(_now("The letter is on its way, and the duty is done."))


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
    )
    address = "/admin/notifications/message/?status="
    return [
        Figure(_("waiting to be sent"), counts["waiting"], f"{address}planned"),
        Figure(_("of unknown fate"), counts["unknown"], f"{address}unknown", "warn" if counts["unknown"] else "plain"),
        Figure(_("failed"), counts["failed"], f"{address}failed", "bad" if counts["failed"] else "plain"),
    ]
