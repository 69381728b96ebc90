"""Events and accesses: what happened and who looked (screen S25), as far as the reader's right to the audit goes."""

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.accounts import selectors
from apps.audit.models import BY_A_PERSON, Access, Event, Trail
from apps.audit.states import AccessKind
from apps.audit.timeline import sentence
from apps.core.admin import Between, Choice, Column, Fact, Facts, StaffAdmin, StaffRequest, badge
from apps.core.admin.filters import NEWEST, newest
from apps.core.admin.pages import Section

DAYS = Between("day", _("Business date"), lookup="business_date")
TONES = {AccessKind.DENIED: "bad", AccessKind.REVEALED: "warn", AccessKind.EXPORTED: "warn"}


def kind(access: Access) -> str:
    return badge(access.get_kind_display(), TONES.get(AccessKind(access.kind), "plain"))


def values(payload: dict[str, Any]) -> str:
    return format_html("<pre>{}</pre>", json.dumps(payload, ensure_ascii=False, indent=2)) if payload else ""


class TrailAdmin(StaffAdmin):
    """What both streams share."""

    read = "audit_read.R"
    order = ("-business_date", "-pk")

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.trail_visible_to(request.user, self.model)

    def who(self, obj: Trail) -> list[Fact]:
        name = selectors.names_of([obj.actor]).get(obj.actor, "")
        return [
            Fact(_("Business date"), obj.business_date),
            Fact(_("Recorded at"), obj.recorded_at),
            Fact(_("Actor"), obj.actor, hint=name),
            Fact(_("On behalf of"), obj.on_behalf_of),
            Fact(_("Request"), obj.request_id),
            Fact(_("Transaction"), str(obj.txid)),
        ]


@admin.register(Event)
class EventAdmin(TrailAdmin):
    about = _("Every fact of the business, written once and sealed.")
    filters = (DAYS,)
    search_hint = _("Actor, request, or event name among the newest")
    columns = (
        Column(_("No."), lambda event: str(event.pk)),
        Column(_("Recorded at"), "recorded_at"),
        Column(_("Event"), "name"),
        Column(_("What happened"), sentence),
        Column(_("Actor"), "actor"),
        Column(_("Business date"), "business_date"),
    )

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        if text.isascii() and text.isdigit():
            return rows.filter(pk=text)
        if text.startswith("user:"):
            return rows.filter(BY_A_PERSON, actor=text)
        if "." in text or ":" in text:
            return newest(rows.filter(Q(name=text) | Q(actor=text)), NEWEST)
        return rows.filter(BY_A_PERSON, request_id=text)

    def heading(self, obj: Event) -> str:
        return f"{obj.name} #{obj.pk}"

    def overview(self, request: StaffRequest, obj: Event) -> Sequence[Section]:
        what = [
            Fact(_("What happened"), sentence(obj)),
            Fact(_("Reason"), obj.reason),
            Fact(_("Subject"), f"{obj.subject_type} #{obj.subject_id}"),
            Fact(_("Values"), values(obj.payload)),
        ]
        return [Facts(what), Facts(self.who(obj), _("Who and when"))]


@admin.register(Access)
class AccessAdmin(TrailAdmin):
    about = _("What changes nothing and is remembered all the same: denials, reveals, openings for a purpose.")
    search_hint = _("Actor or request")
    columns = (
        Column(_("No."), lambda access: str(access.pk)),
        Column(_("Recorded at"), "recorded_at"),
        Column(_("Kind"), kind),
        Column(_("Action"), "action"),
        Column(_("Object"), lambda access: f"{access.object_type} #{access.object_id}" if access.object_type else ""),
        Column(_("Purpose"), "purpose"),
        Column(_("Actor"), "actor"),
    )
    filters = (Choice("kind", _("Kind"), AccessKind.choices), DAYS)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        return rows.filter(actor=text) if ":" in text else rows.filter(request_id=text)

    def heading(self, obj: Access) -> str:
        return f"{obj.action} #{obj.pk}"

    def badges(self, obj: Access) -> Sequence[str]:
        return [kind(obj)]

    def overview(self, request: StaffRequest, obj: Access) -> Sequence[Section]:
        what = [
            Fact(_("Object"), f"{obj.object_type} #{obj.object_id}" if obj.object_type else ""),
            Fact(_("Purpose"), obj.purpose),
            Fact(_("Address"), obj.ip),
            Fact(_("Values"), values(obj.detail)),
        ]
        return [Facts(what), Facts(self.who(obj), _("Who and when"))]
