"""Pages of instalments, extra premiums, receipts, payouts and bank files, and the money side of a policy's page."""

from . import acts, adjustments, board, finding, pages, payouts, requests, tabs

__all__ = ["acts", "adjustments", "board", "finding", "pages", "payouts", "requests", "tabs"]
