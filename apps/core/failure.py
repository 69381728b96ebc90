"""What may be kept of an exception: enough to find the cause, never the values that caused it (P53)."""

import traceback
from pathlib import Path

from django.db import InterfaceError, OperationalError

from .errors import BusinessError

APPS = Path(__file__).resolve().parent.parent
LOCK_NOT_AVAILABLE = "55P03"
TRANSIENT = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: the same work may succeed when done again (P20)."""
CONNECTION_EXCEPTION = "08"
SHUT_DOWN = frozenset({"57P01", "57P02", "57P03"})


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's five-letter code behind an exception, or nothing."""
    return getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None) or ""


def is_transient(error: BaseException) -> bool:
    return sqlstate(error) in TRANSIENT


def has_lost_the_database(error: BaseException) -> bool:
    """Whether the connection broke, or could not be had: what was not committed will be done by whoever comes next."""
    broken = isinstance(error, OperationalError | InterfaceError) and not sqlstate(error)
    return broken or sqlstate(error).startswith(CONNECTION_EXCEPTION) or sqlstate(error) in SHUT_DOWN


def describe(error: BaseException) -> str:
    """``UniqueViolation 23505 policy_number at policies/services.py:88``: no message, it may hold personal data."""
    if isinstance(error, BusinessError):
        return " ".join([type(error).__name__, *(refusal.code for refusal in error.refusals), _place(error)])
    cause = error.__cause__ if sqlstate(error) and error.__cause__ else error
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
    parts = [type(cause).__name__, sqlstate(error), constraint or "", _place(error)]
    return " ".join(part for part in parts if part)


def _place(error: BaseException) -> str:
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(APPS):
            return f"at {path.relative_to(APPS)}:{frame.lineno}"
    return ""
