"""Health 健康检查: is this process alive, can it serve, and does the work behind it keep up (P78)."""

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from apps.core.errors import BusinessError

from .lights import lights
from .selectors import business_date
from .states import LightState


@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """The eight lights. ``down`` with 503 while the database is away; ``late`` with 200 when anything else is not good.

    A proxy may take a process that answers 503 out of service; without anything else pages are still served.
    """
    shown = lights()
    state = {light.name: light.state for light in shown}
    down = state["database"] == LightState.DOWN
    wanting = [light.name for light in shown if light.state in (LightState.LATE, LightState.DOWN)]
    facts = {light.name: {"state": light.state, "seconds": light.seconds, "limit": light.limit} for light in shown}
    status = "down" if down else "late" if wanting else "ok"
    day = None if down else _business_day()
    answer = {"status": status, "business_day": day, "late": wanting, "lights": facts}
    return JsonResponse(answer, status=503 if down else 200)


def _business_day() -> str | None:
    try:
        return business_date().isoformat()
    except (BusinessError, DatabaseError):
        return None
