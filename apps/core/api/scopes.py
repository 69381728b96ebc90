"""Scopes 密钥授权范围: what an API key may be for. Declared where the resource is; a key has none by itself."""

from django.utils.functional import Promise

SCOPES: dict[str, str | Promise] = {}


def declare(code: str, label: str | Promise) -> str:
    """Name a scope: ``POLICIES_READ = declare("policies:read", _("Read policies"))``."""
    assert code not in SCOPES, code
    SCOPES[code] = label
    return code
