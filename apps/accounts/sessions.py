"""Sessions 会话: how many an account may have open at once, how long one lasts, and how often an address may guess.

An account keeps its last sign-ins with itself, so that no request needs to ask for them (P43). A session that has no
place among the open ones is over.
"""

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest

from apps.core import clock
from apps.core.addresses import client_address

from .models import User

MOST_OPEN = 3
REMEMBERED = 10
REFRESH_SECONDS = 60
MOST_FAILURES = 100
FAILURE_SECONDS = 3600


def begin(request: Any) -> None:
    """Give the session a place among the account's open ones; the oldest beyond three ends (P43)."""
    place = {"id": secrets.token_hex(8), "at": clock.now().isoformat(timespec="seconds"), "ip": client_address(request)}
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=request.user.pk)
        before = user.sign_ins
        user.sign_ins = request.user.sign_ins = _with_room([*before, place])
        user.save(update_fields=["sign_ins"])
    request.session["sign_in"] = place["id"]
    request.session["last_sign_in"] = {"at": before[-1]["at"], "ip": before[-1]["ip"]} if before else None


def end(request: Any) -> None:
    """Free the place of this session: somebody signs out."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=request.user.pk)
        mine = request.session.get("sign_in")
        user.sign_ins = [each | {"ended": True} if each["id"] == mine else each for each in user.sign_ins]
        user.save(update_fields=["sign_ins"])


def has_place(user: Any, session: SessionBase) -> bool:
    """Whether the session is among the open ones of its account."""
    return any(each["id"] == session.get("sign_in") for each in user.sign_ins if not each.get("ended"))


def seconds_left(session: SessionBase) -> int:
    """How long the session lasts if nothing is done any more."""
    now = int(clock.now().timestamp())
    idle = settings.SESSION_IDLE_SECONDS - (now - session.get("seen_at", now))
    return max(0, min(idle, settings.SESSION_LONGEST_SECONDS - (now - session.get("began_at", now))))


def touch(session: SessionBase) -> None:
    """Somebody is at work: the idle time begins anew."""
    session["seen_at"] = int(clock.now().timestamp())


def last_sign_in(session: SessionBase) -> dict[str, Any] | None:
    """When and from where the account signed in before this session (screen S1.5)."""
    before = session.get("last_sign_in")
    return {"at": datetime.fromisoformat(before["at"]), "ip": before["ip"]} if before else None


def is_barred(request: HttpRequest) -> bool:
    """Whether too many sign-ins failed from this address within the hour, whatever the accounts (P42)."""
    return cache.get(_failures(request), 0) >= MOST_FAILURES


def count_failure(request: HttpRequest) -> None:
    """Remember a sign-in that failed; the hour begins with the first."""
    cache.add(_failures(request), 0, FAILURE_SECONDS)
    cache.incr(_failures(request))


def _failures(request: HttpRequest) -> str:
    return f"sign-in-failures:{client_address(request)}"


def _with_room(sign_ins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    open_ones = [each["id"] for each in sign_ins if not each.get("ended")]
    over = set(open_ones[:-MOST_OPEN])
    return [each | {"ended": True} if each["id"] in over else each for each in sign_ins][-REMEMBERED:]
