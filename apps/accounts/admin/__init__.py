"""Pages of accounts; and of the trail of events and accesses, whose readers only this app knows."""

from . import acts, authorities, delegations, keys, people, trail

__all__ = ["acts", "authorities", "delegations", "keys", "people", "trail"]
