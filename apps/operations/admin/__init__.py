"""Pages of operations: the monitor, the runs, what was set aside, and the health of the system."""

from . import acts, pages, system

__all__ = ["acts", "pages", "system"]
