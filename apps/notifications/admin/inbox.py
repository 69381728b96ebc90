"""One's own inbox 站内消息: opened by the bell in the top bar."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Act, Choice, Column, Done, Fact, Facts, StaffAdmin, StaffRequest, act, badge, link
from apps.core.admin.pages import Section
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.notifications import selectors, services, texts
from apps.notifications.models import Message, Notice
from apps.notifications.states import MessageStatus

from .messages import label

S = MessageStatus
UNREAD = S.ACCEPTED


def words(row: Message) -> str:
    """The text in the reader's language."""
    return texts.in_language(row, get_language() or "") if row.params else ""


@admin.register(Notice)
class NoticeAdmin(StaffAdmin):
    read = "inbox.R"
    plural = _("Inbox")
    about = _("What concerns your customers and your work.")
    related = ("policy",)
    columns = (
        Column(_("Message"), label),
        Column(_("Policy"), lambda row: row.policy.number if row.policy else ""),
        Column(_("Text"), words),
        Column(_("At"), "accepted_at"),
        Column(_("State"), lambda row: badge(_("Unread"), "warn") if row.status == UNREAD else badge(_("Read"))),
    )
    filters = (Choice("status", _("State"), [(UNREAD, _("Unread")), (S.DELIVERED, _("Read"))]),)

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.inbox_of(request.user)

    def heading(self, obj: Message) -> str:
        return label(obj)

    def highlights(self, request: StaffRequest, obj: Message) -> Sequence[Fact]:
        return [
            Fact(_("Policy"), link(obj.policy)),
            Fact(_("At"), obj.accepted_at),
            Fact(_("Read at"), obj.delivered_at),
        ]

    def overview(self, request: StaffRequest, obj: Message) -> Sequence[Section]:
        return [Facts([Fact(_("Text"), format_html('<pre class="letter">{}</pre>', words(obj)))], _("Message"))]


@act("notifications.notice")
class MarkRead(Act):
    name, label, permission, main = "read", _("Mark as read"), "inbox.E", True

    def why_not(self, ctx: Context, obj: Message) -> Refusal | None:
        return None if obj.status == UNREAD else Refusal("read_already")

    def answer(self, request: StaffRequest, ctx: Context, obj: Any, data: dict[str, Any]) -> Done:
        services.mark_read(ctx, request.user, [obj.pk])
        return Done(_now("Marked as read."))


@act("notifications.notice", on_list=True)
class MarkAllRead(Act):
    name, label, permission = "read_all", _("Mark all as read"), "inbox.E"

    def answer(self, request: StaffRequest, ctx: Context, obj: Any, data: dict[str, Any]) -> Done:
        many = services.mark_read(ctx, request.user)
        return Done(_now("Marked as read: {n}.").format(n=many))
