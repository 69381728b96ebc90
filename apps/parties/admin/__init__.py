"""Pages of customers and agents."""

from . import acts, finding, pages, reaching

__all__ = ["acts", "finding", "pages", "reaching"]
