"""The acts of billing 收费. Verbs that take ids are set-based and return the ids that really moved, in order.

Lock order everywhere: policy, then instalment, then the books.
"""

from .bank_files import read_bank_file
from .instalments import bill, cancel_open, enter_grace, extend_grace, fall_overdue, start_schedule
from .receipts import Confirmed, assign_receipt, confirm_receipt, key_receipt, reject_receipt
from .reversal import reverse_receipt
from .settlement import settle

__all__ = [
    "Confirmed",
    "assign_receipt",
    "bill",
    "cancel_open",
    "confirm_receipt",
    "enter_grace",
    "extend_grace",
    "fall_overdue",
    "key_receipt",
    "read_bank_file",
    "reject_receipt",
    "reverse_receipt",
    "settle",
    "start_schedule",
]
