"""The version of an object 版本: the last event about it. A form that was opened at another one is stale (P13)."""

from .models import Event


def version_of(subject_type: str, subject_id: int) -> int:
    """The id of the last event about an object; 0 before the first."""
    events = Event.objects.filter(subject_type=subject_type, subject_id=subject_id)
    return max(events.values_list("pk", flat=True), default=0)


def changes_since(subject_type: str, subject_id: int, version: int, most: int = 20) -> list[Event]:
    """What happened to the object after that version, the newest first."""
    events = Event.objects.filter(subject_type=subject_type, subject_id=subject_id, pk__gt=version)
    return list(events.order_by("-pk")[:most])
