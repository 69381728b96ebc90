"""The REST API 接口: who calls (a key or a session), and the addresses of all operations the apps declare."""

from django.http import HttpRequest
from django.urls import URLPattern

from apps.accounts import keys, permissions
from apps.core.api import OPERATIONS, Call, Caller, Gate, Problem
from apps.core.api import routes as kernel
from apps.core.api.versions import CURRENT
from apps.core.context import Context
from apps.core.errors import NotPermitted
from apps.operations import doors
from apps.parties.states import RevealPurpose

BEARER = "Bearer "
ASK = {"WWW-Authenticate": 'Bearer realm="PolicyOps"'}


class PolicyOpsGate(Gate):
    """Keys, accounts and business days, brought to the operations."""

    def caller(self, request: HttpRequest) -> Caller:
        header = request.headers.get("Authorization", "")
        if not header:
            return self._person(request)
        if not header.startswith(BEARER):
            raise Problem("token_invalid", headers=ASK)
        try:
            client = keys.behind(header.removeprefix(BEARER).strip(), self.address(request))
        except NotPermitted as error:
            raise Problem(error.code, headers={} if error.code == "ip_not_allowed" else ASK) from error
        request.user = client  # type: ignore[assignment]
        return Caller(client, client.scopes, client.version)

    def _person(self, request: HttpRequest) -> Caller:
        """Somebody signed in to the back office, with his own rights."""
        if not request.user.is_authenticated:
            raise Problem("authentication_required", headers=ASK)
        return Caller(request.user, None, CURRENT)

    def address(self, request: HttpRequest) -> str:
        return doors.client_address(request)

    def context(self, request: HttpRequest, caller: Caller, permission: str) -> Context:
        ctx = doors.context_of(request)
        return permissions.acting(ctx, caller.user, permission) if permission else ctx

    def holds(self, caller: Caller, permission: str) -> bool:
        return permissions.allows(caller.user, permission)

    def denied(self, call: Call, permission: str, object_type: str = "", pk: int | None = None) -> None:
        permissions.denied(call.ctx, permission, object_type=object_type, object_id=pk)

    def purposes(self) -> frozenset[str]:
        return frozenset(RevealPurpose.values)


def patterns(*, slashed: bool = True) -> list[URLPattern]:
    """The addresses below ``/api/v1/``; the apps have declared their operations when they were loaded."""
    return kernel.patterns(PolicyOpsGate(), OPERATIONS, slashed=slashed)


urlpatterns = patterns()
