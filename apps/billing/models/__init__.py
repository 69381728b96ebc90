"""Instalments 应收, extra premiums 批改补费, receipts 实收, payouts 付费 and the books 总账, in the policy currency."""

from .adjustments import Adjustment, AdjustmentPart
from .books import Posting
from .instalments import UNPAID, Instalment, PutOff
from .payouts import OPEN_PAYOUTS, Payout, PayoutPart
from .receipts import Allocation, BankFile, Receipt, ReceiptRequest

__all__ = [
    "OPEN_PAYOUTS",
    "UNPAID",
    "Adjustment",
    "AdjustmentPart",
    "Allocation",
    "BankFile",
    "Instalment",
    "Payout",
    "PayoutPart",
    "Posting",
    "PutOff",
    "Receipt",
    "ReceiptRequest",
]
