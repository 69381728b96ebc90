"""Pages of instalments, receipts, payouts and bank files, and the money side of a policy's page."""

from . import acts, finding, pages, payouts, tabs

__all__ = ["acts", "finding", "pages", "payouts", "tabs"]
