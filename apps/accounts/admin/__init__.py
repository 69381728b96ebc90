"""Pages of accounts; and of the trail of events and accesses, whose readers only this app knows."""

from . import keys, people, trail

__all__ = ["keys", "people", "trail"]
