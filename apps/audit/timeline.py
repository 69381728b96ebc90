"""The timeline 时间线 of a policy: what happened, in one sentence each, with who, when and why."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q

from .events import EVENTS
from .models import Event

MISSING = "—"
BY_THE_WAY = ("money", "message")


@dataclass(frozen=True)
class TimelineRow:
    """One fact of a policy's history, as a person reads it."""

    id: int
    public_id: UUID
    name: str
    kind: str
    sentence: str
    recorded_at: datetime
    business_date: date
    actor: str
    person: str
    on_behalf_of: str
    reason: str
    request_id: str
    payload: dict[str, Any]
    subject_type: str
    subject_id: int


class _Values(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return MISSING


def sentence(event: Event) -> str:
    """The event's sentence in the reader's language, with the values of its payload."""
    if event.name not in EVENTS:
        return event.name
    type_ = EVENTS[event.name]
    values = {key: MISSING if value is None else value for key, value in event.payload.items()}
    for key, choices in type_.codes.items():
        if key in values:
            values[key] = dict(choices.choices).get(values[key], values[key])
    return str(type_.sentence).format_map(_Values(values))


def outline(name: str) -> str:
    """What happened in events of this name, without their values: "Instalment … of … … was billed"."""
    if name not in EVENTS:
        return name
    return re.sub(r"\{\w+\}", "…", str(EVENTS[name].sentence)).rstrip(".。")


def of_policy(
    policy_id: int, *, kinds: Collection[str] | None = None, limit: int = 200, before: int | None = None
) -> list[TimelineRow]:
    """The newest events of a policy first, in one query.

    ``kinds`` are those the events declare (state, money, message, change) or apps ("endorsements", "documents");
    ``before`` pages by event id.
    """
    events = Event.objects.filter(policy_id=policy_id).order_by("-id")
    if kinds is not None:
        events = events.filter(name__in=[event.name for event in EVENTS if event.topics & set(kinds)])
    if before is not None:
        events = events.filter(id__lt=before)
    return [_row(event) for event in events[:limit]]


def of_subjects(subjects: Collection[tuple[str, Collection[int]]], *, limit: int = 200) -> list[TimelineRow]:
    """The newest events about these objects first: types with ids."""
    about = reduce(or_, (Q(subject_type=label, subject_id__in=ids) for label, ids in subjects))
    return [_row(event) for event in Event.objects.filter(about).order_by("-id")[:limit]]


def causes(policy_id: int, transactions: Collection[int]) -> dict[int, TimelineRow]:
    """Why something was written about a policy, by its transaction: the first event that is no posting or message."""
    told = Event.objects.filter(policy_id=policy_id, txid__in=set(transactions)).order_by("-id")
    weighed = sorted(((event.txid, _row(event)) for event in told), key=lambda each: each[1].kind not in BY_THE_WAY)
    return dict(weighed)


def _row(event: Event) -> TimelineRow:
    return TimelineRow(
        id=event.pk,
        public_id=event.public_id,
        name=event.name,
        kind=EVENTS[event.name].kind if event.name in EVENTS else "change",
        sentence=sentence(event),
        recorded_at=event.recorded_at,
        business_date=event.business_date,
        actor=event.actor,
        person=event.person,
        on_behalf_of=event.on_behalf_of,
        reason=event.reason,
        request_id=event.request_id,
        payload=event.payload,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
    )
