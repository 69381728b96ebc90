"""The acts upon messages 消息. Nothing here sends: that happens between two of these, outside any transaction (P17)."""

from .byhand import may_be_stopped, may_go_elsewhere, other_channels, resend, retry, stop
from .inbox import mark_read
from .members import set_member
from .paper import PrintedLetter, letter, may_go_by_post, print_letters, sent_by_post
from .planning import could_not_be_brought, fall_back, plan
from .receipts import answer, note_receipt, note_receipts, take_questions
from .sending import Claimed, claim, mark, record_outcomes

__all__ = [
    "Claimed",
    "PrintedLetter",
    "answer",
    "claim",
    "could_not_be_brought",
    "fall_back",
    "letter",
    "mark",
    "mark_read",
    "may_be_stopped",
    "may_go_by_post",
    "may_go_elsewhere",
    "note_receipt",
    "note_receipts",
    "other_channels",
    "plan",
    "print_letters",
    "record_outcomes",
    "resend",
    "retry",
    "sent_by_post",
    "set_member",
    "stop",
    "take_questions",
]
