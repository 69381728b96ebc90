"""System health (screen S26): the lights, queues and workers, what could not be delivered, and notices to users."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.audit import dispatch
from apps.audit.models import Delivery
from apps.audit.states import DeliveryStatus
from apps.audit.timeline import outline
from apps.core import clock
from apps.core.admin import (
    Act,
    ActForm,
    Choice,
    Column,
    Done,
    Fact,
    Figure,
    Note,
    StaffAdmin,
    StaffRequest,
    Table,
    act,
    badge,
    figure,
    who,
)
from apps.core.admin.pages import HEALTH, Section, Text, figures
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.operations import lights, services, workers
from apps.operations.models import Banner
from apps.operations.states import LightState

from .progress import duration

READ, RUN = "system_health.R", "operations.E"
TONES = {LightState.OK: "good", LightState.LATE: "warn", LightState.DOWN: "bad", LightState.OFF: "plain"}

LIGHTS = (
    Column(_("Part"), "label"),
    Column(_("State"), lambda light: badge(LightState(light.state).label, TONES[LightState(light.state)])),
    Column(_("Age or answer"), lambda light: duration(light.seconds)),
    Column(_("Late after"), lambda light: duration(light.limit)),
    Column(_("What it means"), "note"),
)
QUEUES = (
    Column(_("Queue"), lambda queue: queue[0]),
    Column(_("Waiting"), lambda queue: queue[2], numeric=True),
    Column(_("Oldest"), lambda queue: duration(queue[1])),
)
WORKERS = (
    Column(_("Worker"), "name"),
    Column(_("Host"), "host"),
    Column(_("State"), lambda worker: badge(_("Answers"), "good") if worker.answers else badge(_("Silent"), "bad")),
    Column(_("Last task"), lambda worker: duration(worker.seconds)),
)


def up(banner: Banner) -> str:
    now = clock.now()
    if now >= banner.to_at:
        return badge(_("Over"))
    return badge(_("Up"), "good") if now >= banner.from_at else badge(_("To come"), "busy")


@admin.register(Banner)
class SystemHealth(StaffAdmin):
    read = READ
    order = ("-to_at", "-pk")
    plural = _("System health")
    list_template = "staff/health.html"
    columns = (
        Column(_("Notice in Chinese"), "text_zh"),
        Column(_("Notice in English"), "text_en"),
        Column(_("State"), up),
        Column(_("From"), "from_at"),
        Column(_("Until"), "to_at"),
        Column(_("Put up by"), lambda banner: who(banner.made_by)),
    )

    def get_urls(self) -> list[URLPattern]:
        live = self.site.guard(self.lights, READ)
        return [path("lights/", live, name="operations_banner_lights"), *super().get_urls()]

    def lights(self, request: StaffRequest) -> HttpResponse:
        """The live part alone, for the page that asks every ten seconds."""
        return TemplateResponse(request, "staff/parts/health.html", {"health": health_part(request)})

    def frame(self, request: StaffRequest, obj: Any = None) -> dict[str, Any]:
        frame = super().frame(request, obj)
        return frame if obj else frame | {"health": health_part(request)}

    def badges(self, obj: Banner) -> Sequence[str]:
        return [up(obj)]

    def highlights(self, request: StaffRequest, obj: Banner) -> Sequence[Fact]:
        return [
            Fact(_("Notice in English"), obj.text_en),
            Fact(_("From"), obj.from_at),
            Fact(_("Until"), obj.to_at),
            Fact(_("Put up by"), who(obj.made_by)),
        ]


def health_part(request: StaffRequest) -> dict[str, Any]:
    shown = lights.lights()
    reachable = all(light.state != LightState.DOWN for light in shown if light.name in ("redis", "queue"))
    queues = [(name, age, length) for name, (age, length) in lights.queues().items()] if reachable else []
    groups = [
        (group.title, group.build(request)) for group in figures(HEALTH) if request.user.has_perm(group.permission)
    ]
    return {
        "lights": Table(LIGHTS, shown),
        "queues": Table(QUEUES, queues, empty=_("The queue server cannot be reached.")),
        "workers": Table(WORKERS, workers.workers(), empty=_("No worker answers.")),
        "groups": groups,
        "version": settings.RELEASE,
    }


@figure(_("Outbox"), permission=READ, order=10, board=HEALTH)
def outbox(request: StaffRequest) -> Sequence[Figure]:
    counts = waiting_letters().aggregate(
        pending=Count("pk", filter=Q(status=DeliveryStatus.PENDING)),
        again=Count("pk", filter=Q(status=DeliveryStatus.PENDING, attempts__gt=0)),
        dead=Count("pk", filter=Q(status=DeliveryStatus.DEAD)),
    )
    address = reverse("admin:audit_delivery_changelist")
    dead = counts["dead"]
    return [
        Figure(_("on their way"), counts["pending"], f"{address}?status=pending"),
        Figure(_("failed before, tried again"), counts["again"], f"{address}?status=pending"),
        Figure(_("dead letters"), dead, f"{address}?status=dead", "bad" if dead else "plain"),
    ]


def waiting_letters() -> QuerySet[Delivery]:
    """Deliveries that are not done; those that are, are the most by far."""
    return Delivery.objects.filter(~Q(status=DeliveryStatus.DONE))


def delivery_state(row: Delivery) -> str:
    return badge(row.get_status_display(), "bad" if row.status == DeliveryStatus.DEAD else "busy")


@admin.register(Delivery)
class DeliveryAdmin(StaffAdmin):
    read = READ
    about = _("Events on their way to whoever waits for them. What failed five times is a dead letter until retried.")
    related = ("event",)
    columns = (
        Column(_("No."), lambda row: str(row.pk)),
        Column(_("State"), delivery_state),
        Column(_("Subscriber"), "subscriber"),
        Column(_("Event"), lambda row: outline(row.event.name)),
        Column(_("Attempts"), "attempts", numeric=True),
        Column(_("Next attempt"), "next_attempt_at"),
        Column(_("Error"), "error"),
    )
    filters = (
        Choice(
            "status",
            _("State"),
            [(status.value, status.label) for status in (DeliveryStatus.PENDING, DeliveryStatus.DEAD)],
        ),
    )

    def rows(self, request: StaffRequest) -> QuerySet:
        return waiting_letters()

    def heading(self, obj: Delivery) -> Text:
        return f"{obj.subscriber} #{obj.pk}"

    def badges(self, obj: Delivery) -> Sequence[str]:
        return [delivery_state(obj)]

    def highlights(self, request: StaffRequest, obj: Delivery) -> Sequence[Fact]:
        return [
            Fact(_("Subscriber"), obj.subscriber),
            Fact(_("Event"), outline(obj.event.name), f"#{obj.event_id}"),
            Fact(_("Attempts"), obj.attempts),
            Fact(_("Next attempt"), obj.next_attempt_at),
        ]

    def overview(self, request: StaffRequest, obj: Delivery) -> Sequence[Section]:
        return [Note(obj.error or _("No error so far."), "warn" if obj.error else "plain")]


@act("audit.delivery")
class RetryDelivery(Act):
    name, label, permission, main = "retry", _("Deliver again"), RUN, True
    intro = _("With a new set of attempts.")

    def why_not(self, ctx: Context, obj: Delivery) -> Refusal | None:
        return None if obj.status == DeliveryStatus.DEAD else Refusal("delivery_not_dead")

    def run(self, ctx: Context, obj: Delivery, data: dict[str, Any]) -> Done:
        dispatch.retry_dead(ctx, obj.pk)
        return Done(_now("It will be delivered again."), reverse("admin:audit_delivery_changelist"))


@act("audit.delivery", on_list=True)
class RetryDeliveries(Act):
    name, label, permission = "retry_all", _("Deliver all dead letters again"), RUN
    intro = _("With a new set of attempts each, the oldest thousand first.")

    def run(self, ctx: Context, obj: None, data: dict[str, Any]) -> Done:
        count = dispatch.retry_all_dead(ctx)
        return Done(_now("{n} dead letters will be delivered again.").format(n=count))


class MomentInput(forms.DateTimeInput):
    """The browser's own day and time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class BannerForm(ActForm):
    text_zh = forms.CharField(label=_("Notice in Chinese"), max_length=200)
    text_en = forms.CharField(label=_("Notice in English"), max_length=200)
    from_at = forms.DateTimeField(label=_("From"), widget=MomentInput)
    to_at = forms.DateTimeField(label=_("Until"), widget=MomentInput)


@act("operations.banner", on_list=True)
class PutUp(Act):
    name, label, permission = "put_up", _("Put up a notice"), RUN
    form = BannerForm
    intro = _("Everybody at work reads it on top of every page, in his language, between the two times.")
    field_of = {"banner_times_reversed": "to_at"}

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, datetime]:
        now = clock.office_now().replace(second=0, microsecond=0)
        return {"from_at": now, "to_at": now + timedelta(hours=2)}

    def run(self, ctx: Context, obj: None, data: dict[str, Any]) -> Done:
        services.put_up_banner(ctx, **data)
        return Done(_now("The notice is up."))


@act("operations.banner")
class TakeDown(Act):
    name, label, permission, main = "take_down", _("Take down"), RUN, True

    def why_not(self, ctx: Context, obj: Banner) -> Refusal | None:
        return Refusal("banner_over") if obj.to_at <= clock.now() else None

    def run(self, ctx: Context, obj: Banner, data: dict[str, Any]) -> Done:
        services.take_down_banner(ctx, obj.pk)
        return Done(_now("The notice was taken down."))
