"""Pages of accounts; and of the trail of events and accesses, whose readers only this app knows."""

from . import people, trail

__all__ = ["people", "trail"]
