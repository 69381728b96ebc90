"""Pages of policies."""

from . import acts, deadlines, finding, nights, pages, tabs

__all__ = ["acts", "deadlines", "finding", "nights", "pages", "tabs"]
