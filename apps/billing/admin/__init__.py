"""Pages of instalments, receipts and bank files, and the money side of a policy's page."""

from . import acts, pages, tabs

__all__ = ["acts", "pages", "tabs"]
