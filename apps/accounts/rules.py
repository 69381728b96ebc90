"""Rules of accounts and roles: pure."""

import re
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from ipaddress import ip_address, ip_network

from apps.core.errors import Refusal

LONGEST_KEY_DAYS = 365
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


def check_key(
    *, client: str, scopes: Collection[str], known: Collection[str], addresses: Collection[str], today: date, last: date
) -> Iterator[Refusal]:
    """What keeps a request for an API key from being one (P51): one refusal per fault."""
    if not client.strip():
        yield Refusal("key_client_missing")
    if not scopes:
        yield Refusal("key_scopes_missing")
    for scope in sorted(set(scopes) - set(known)):
        yield Refusal("key_scope_unknown", {"scope": scope})
    for address in addresses:
        if not is_network(address):
            yield Refusal("key_address_malformed", {"address": address})
    if not today < last <= today + timedelta(days=LONGEST_KEY_DAYS):
        yield Refusal("key_expiry_out_of_range", {"days": LONGEST_KEY_DAYS})


def is_network(text: str) -> bool:
    """Whether this names an address or a range of them (CIDR)."""
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def is_within(address: str, networks: Collection[str]) -> bool:
    """Whether a call from this address is allowed; no list allows all. An address we cannot read is in no list."""
    if not networks:
        return True
    try:
        caller = ip_address(address)
    except ValueError:
        return False
    return any(caller in ip_network(network) for network in networks)
