"""Rules of accounts and roles: pure."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from ipaddress import ip_address, ip_network

from apps.core.errors import Refusal

LONGEST_KEY_DAYS = 365
LONGEST_DELEGATION_DAYS = 90
FEN = Decimal("0.01")
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


def check_persons_apart(acting: Collection[str], involved: Collection[str]) -> Refusal | None:
    """职责分离: nobody behind the act that is about to happen was behind the one it judges (P47).

    ``acting`` are all human beings behind an act: who acts, and on whose behalf. A job has none, and judges nothing.
    """
    apart = bool(acting) and not set(acting) & set(involved)
    return None if apart else Refusal("same_person")


def check_delegation(
    *, giver: str, taker: str, same_office: bool, from_date: date, to_date: date, today: date
) -> Refusal | None:
    """授权委托: one person stands in for another of the same office, for some days from today on (P47)."""
    if giver == taker:
        return Refusal("delegation_to_oneself")
    if not same_office:
        return Refusal("delegation_other_office")
    if to_date < from_date:
        return Refusal("role_dates_reversed")
    if from_date < today:
        return Refusal("delegation_in_the_past")
    if (to_date - from_date).days >= LONGEST_DELEGATION_DAYS:
        return Refusal("delegation_too_long", {"days": LONGEST_DELEGATION_DAYS})
    return None


@dataclass(frozen=True)
class Limit:
    """签批权限: up to which amount (CNY; None without limit) a role decides an action.

    ``item`` is one kind of item of the action, "" all of them; ``path`` the office it holds in, with all below it, ""
    the whole company.
    """

    role: str
    action: str
    max_amount: Decimal | None
    item: str = ""
    path: str = ""
    from_date: date = date.min

    def covers(self, amount: Decimal) -> bool:
        return self.max_amount is None or amount <= self.max_amount


def governing(limits: Iterable[Limit], *, role: str, action: str, item: str, path: str) -> Limit | None:
    """The limit that counts for somebody of this office: of the nearest office, then of the item, then the newest."""
    fit = [
        limit
        for limit in limits
        if (limit.role, limit.action) == (role, action) and limit.item in ("", item) and path.startswith(limit.path)
    ]
    return max(fit, key=lambda limit: (len(limit.path), bool(limit.item), limit.from_date), default=None)


def widest(amounts: Collection[Decimal | None]) -> Decimal | None:
    """The most that several roles together allow: None if one of them has no limit, zero if there is none at all."""
    return None if None in amounts else max((each for each in amounts if each is not None), default=Decimal(0))


def check_authority(
    *, known: bool, max_amount: Decimal | None, from_date: date, to_date: date | None
) -> Iterator[Refusal]:
    """What keeps an authority from being one; ``known``: the matrix lets this role decide this action at all."""
    if not known:
        yield Refusal("authority_not_for_role")
    if max_amount is not None and (max_amount < 0 or max_amount != max_amount.quantize(FEN)):
        yield Refusal("authority_amount_malformed")
    if to_date and to_date < from_date:
        yield Refusal("role_dates_reversed")


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
