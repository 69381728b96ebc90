"""Pages of customers and agents."""

from . import acts, pages

__all__ = ["acts", "pages"]
