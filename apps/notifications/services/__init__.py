"""The acts upon messages 消息. Nothing here sends: that happens between two of these, outside any transaction (P17)."""

from .paper import letter, may_go_by_post, sent_by_post
from .planning import plan
from .receipts import answer, note_receipt, retry, take_questions
from .sending import Claimed, claim, record_outcomes

__all__ = [
    "Claimed",
    "answer",
    "claim",
    "letter",
    "may_go_by_post",
    "note_receipt",
    "plan",
    "record_outcomes",
    "retry",
    "sent_by_post",
    "take_questions",
]
