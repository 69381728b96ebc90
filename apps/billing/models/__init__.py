"""Instalments 应收, receipts 实收, payouts 付费 and the books 总账. Amounts are in the policy currency."""

from .books import Posting
from .instalments import UNPAID, Instalment
from .payouts import OPEN_PAYOUTS, Payout, PayoutPart
from .receipts import Allocation, BankFile, Receipt, ReceiptRequest

__all__ = [
    "OPEN_PAYOUTS",
    "UNPAID",
    "Allocation",
    "BankFile",
    "Instalment",
    "Payout",
    "PayoutPart",
    "Posting",
    "Receipt",
    "ReceiptRequest",
]
