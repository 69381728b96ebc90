"""Pages of the close of business: the monitor, the runs, and what was set aside."""

from . import acts, pages

__all__ = ["acts", "pages"]
