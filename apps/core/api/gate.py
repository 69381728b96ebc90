"""The gate 网关: what the kernel needs from the house it stands in. The concrete one knows keys, accounts and days."""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from apps.core.context import Context

from .limits import Rate, usual

if TYPE_CHECKING:
    from .operations import Call


@dataclass(frozen=True)
class Caller:
    """Who calls. Permissions and selectors are asked for ``user``; ``scopes`` is None for a person's session."""

    user: Any
    scopes: frozenset[str] | None
    version: date
    rate: Rate = field(default_factory=usual)

    @property
    def is_key(self) -> bool:
        return self.scopes is not None

    @property
    def actor(self) -> str:
        return str(self.user.actor)


class Gate:
    """Says who calls and what he may."""

    def caller(self, request: HttpRequest) -> Caller:
        """Refuses with a problem of 401 or 403 when nobody stands behind the request."""
        raise NotImplementedError

    def address(self, request: HttpRequest) -> str:
        """Where the request comes from."""
        raise NotImplementedError

    def context(self, request: HttpRequest, caller: Caller, permission: str) -> Context:
        """Who acts under this permission, for whom, on which business date; refuses while no day is open."""
        raise NotImplementedError

    def holds(self, caller: Caller, permission: str) -> bool:
        """Whether the caller's role holds the permission at all."""
        raise NotImplementedError

    def denied(self, call: "Call", permission: str, object_type: str = "", pk: int | None = None) -> None:
        """Remember that somebody asked for what is not his (P36)."""
        raise NotImplementedError

    def purposes(self) -> frozenset[str]:
        """The codes the header ``Purpose`` may carry."""
        raise NotImplementedError
