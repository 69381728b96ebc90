"""The exports' page, and the way out of every list."""

from . import acts, pages

__all__ = ["acts", "pages"]
