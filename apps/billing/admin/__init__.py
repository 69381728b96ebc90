"""Pages of instalments, receipts, payouts and bank files, and the money side of a policy's page."""

from . import acts, board, finding, pages, payouts, requests, tabs

__all__ = ["acts", "board", "finding", "pages", "payouts", "requests", "tabs"]
