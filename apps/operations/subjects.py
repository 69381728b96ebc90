from datetime import date


def event_id(day: date) -> int:
    """A business day's number as the subject of its events: 2026-11-22 → 20261122."""
    return int(f"{day:%Y%m%d}")
