"""Pages of policies."""

from . import acts, deadlines, pages, tabs

__all__ = ["acts", "deadlines", "pages", "tabs"]
