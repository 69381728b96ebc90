"""Context 操作上下文: who acts, for whom, on which business date, in which request."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import date


def new_request_id() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Context:
    """First argument of every service.

    ``actor`` is the account that acts ("user:li.na", "job:close_of_business"); ``person`` the human being behind it,
    by which separation of duty is judged (P47); a job has none. ``business_date`` is the domain's only "today" (P30).
    """

    actor: str
    business_date: date
    person: str = ""
    on_behalf_of: str = ""
    request_id: str = field(default_factory=new_request_id)
    ip: str = ""

    def on(self, business_date: date) -> "Context":
        """The same act seen on another business date: for catch-up, day by day."""
        return replace(self, business_date=business_date)


def job(name: str, business_date: date) -> Context:
    """The context of a scheduled job or a command."""
    return Context(actor=f"job:{name}", business_date=business_date)
