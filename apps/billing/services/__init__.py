"""The acts of billing 收费. Verbs that take ids are set-based and return the ids that really moved, in order.

Lock order everywhere: policy, then instalment, then the books.
"""

from .adjustments import (
    cancel_adjustment,
    cancel_adjustments_of,
    demand_adjustment,
    return_adjustment,
    settle_adjustment_at,
)
from .bank_files import read_bank_file
from .debts import pay_out, take_back_payout
from .demand import demand_again
from .instalments import bill, cancel_open, enter_grace, extend_grace, fall_overdue, start_schedule
from .payouts import (
    approve_payout,
    cancel_payout,
    note_payout_paid,
    note_payout_returned,
    reject_payout,
    request_payout_again,
    request_refund,
    send_payout,
    why_not_again,
)
from .receipts import (
    Confirmed,
    assign_receipt,
    confirm_receipt,
    key_receipt,
    reject_receipt,
    why_not_confirm,
    why_not_reject,
)
from .replanning import bill_as_usual, plan_anew, put_off_billing, replan
from .requests import approve_request, reject_request, request_assignment, request_reversal
from .reversal import reverse_receipt
from .settlement import settle

__all__ = [
    "Confirmed",
    "approve_payout",
    "approve_request",
    "assign_receipt",
    "bill",
    "bill_as_usual",
    "cancel_adjustment",
    "cancel_adjustments_of",
    "cancel_open",
    "cancel_payout",
    "confirm_receipt",
    "demand_adjustment",
    "demand_again",
    "enter_grace",
    "extend_grace",
    "fall_overdue",
    "key_receipt",
    "note_payout_paid",
    "note_payout_returned",
    "pay_out",
    "plan_anew",
    "put_off_billing",
    "read_bank_file",
    "reject_payout",
    "reject_receipt",
    "reject_request",
    "replan",
    "request_assignment",
    "request_payout_again",
    "request_refund",
    "request_reversal",
    "return_adjustment",
    "reverse_receipt",
    "send_payout",
    "settle",
    "settle_adjustment_at",
    "start_schedule",
    "take_back_payout",
    "why_not_again",
    "why_not_confirm",
    "why_not_reject",
]
