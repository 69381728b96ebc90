"""Rules of accounts and roles: pure."""

import re
from collections.abc import Collection
from datetime import date

from apps.core.errors import Refusal

SEPARATE_ADMINISTRATORS = frozenset({"system_admin", "security_admin", "audit_admin"})


def check_branch_code(code: str) -> Refusal | None:
    """机构代码: it becomes a part of the path, so it holds no separator."""
    return None if re.fullmatch(r"[0-9A-Z]{2,12}", code) else Refusal("branch_code_malformed")


def check_username(username: str) -> Refusal | None:
    """One spelling only, so that two accounts never look alike."""
    return None if re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,59}", username) else Refusal("username_malformed")


def check_role(
    role: str, *, enabled: Collection[str], held: Collection[str], from_date: date, to_date: date | None
) -> Refusal | None:
    """Whether a person who holds the roles ``held`` may get this one from day to day.

    System, security and audit administrator are three persons (三员分立, GB/T 22239).
    """
    if role not in enabled:
        return Refusal("role_unknown", {"role": role})
    if to_date and to_date < from_date:
        return Refusal("role_dates_reversed")
    for other in sorted(SEPARATE_ADMINISTRATORS & set(held) - {role}):
        if role in SEPARATE_ADMINISTRATORS:
            return Refusal("roles_conflict", {"role": role, "other": other})
    return None


def check_two_persons(first: str, second: str) -> Refusal | None:
    """双人复核: judged by person, not by account (P47); somebody must stand behind the second act."""
    return Refusal("same_person") if not second or first == second else None
