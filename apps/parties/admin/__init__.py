"""Pages of customers and agents."""

from . import acts, finding, pages

__all__ = ["acts", "finding", "pages"]
