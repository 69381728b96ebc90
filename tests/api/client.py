"""How tests call the API: a key made as in real life, and a client that sends it."""

import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.test import Client

from apps.accounts import keys
from apps.accounts.models import ApiKey, Branch, User
from apps.core import clock
from apps.core.api.scopes import SCOPES
from apps.core.api.versions import CURRENT
from apps.core.context import Context
from tests import factories as make
from tests.conftest import TODAY

BOSS = Context(actor="user:boss", person="boss", business_date=TODAY)
GUARD = Context(actor="user:guard", person="guard", business_date=TODAY)


def a_request(
    branch: Branch | None = None,
    scopes: Iterable[str] | None = None,
    *,
    owner: User | None = None,
    ip_list: Iterable[str] = (),
    expires_on: date | None = None,
    client: str = "Customer app",
) -> ApiKey:
    """A key somebody has asked for: with all scopes, unless said otherwise."""
    branch = branch or make.a_branch()
    owner = owner or User.objects.filter(username="owner").first() or make.a_user(branch=branch, username="owner")
    return keys.request_key(
        BOSS,
        client=client,
        owner_id=owner.pk,
        branch_id=branch.pk,
        scopes=list(SCOPES) if scopes is None else list(scopes),
        known_scopes=SCOPES,
        ip_list=list(ip_list),
        expires_on=expires_on or clock.office_now().date() + timedelta(days=90),
        version=CURRENT,
        reason="tests",
    )


def a_token(branch: Branch | None = None, scopes: Iterable[str] | None = None, **request: Any) -> str:
    """A key in use: asked for by one person, approved and issued by another."""
    key = a_request(branch, scopes, **request)
    keys.approve_key(GUARD, key_id=key.pk)
    return keys.issue_key(GUARD, key_id=key.pk)


class Api(Client):
    """Calls ``/api/v1`` with a token, in English; ``post`` brings an idempotency key of its own unless one is given."""

    def __init__(self, token: str = "", **defaults: Any) -> None:
        headers = {"accept-language": "en"} | ({"authorization": f"Bearer {token}"} if token else {})
        super().__init__(headers=headers, **defaults)

    def read(self, path: str, **headers: str) -> Any:
        return self.get(f"/api/v1/{path}", headers=_named(headers))

    def send(self, path: str, body: Any = None, key: str | None = None, **headers: str) -> Any:
        named = {"idempotency-key": key or str(uuid.uuid4()), **_named(headers)}
        return self.post(f"/api/v1/{path}", body or {}, content_type="application/json", headers=named)


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
