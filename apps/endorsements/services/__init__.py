"""The acts upon endorsement cases 保全. Every one locks the policies, then the case (lock order of ``policies``)."""

from .drafting import create, name_account, put_items, sign
from .effect import apply_due, next_night, note_payment
from .ending import expire_due, note_paid_out, withdraw
from .intake import accept, receive_paper, request_more, submit, waive_paper
from .quoting import quote
from .review import approve, examine, note_exam, note_underwriting, reject, send_back, send_on

__all__ = [
    "accept",
    "apply_due",
    "approve",
    "create",
    "examine",
    "expire_due",
    "name_account",
    "next_night",
    "note_exam",
    "note_paid_out",
    "note_payment",
    "note_underwriting",
    "put_items",
    "quote",
    "receive_paper",
    "reject",
    "request_more",
    "send_back",
    "send_on",
    "sign",
    "submit",
    "waive_paper",
    "withdraw",
]
