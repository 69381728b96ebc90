"""Pages of policies."""

from . import acts, pages, tabs

__all__ = ["acts", "pages", "tabs"]
