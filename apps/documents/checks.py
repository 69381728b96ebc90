from typing import Any

from django.conf import settings
from django.core.checks import Tags, Warning, register

from apps.core import scanner


@register(Tags.security, deploy=True)
def uploads_are_scanned(app_configs: Any, **kwargs: Any) -> list[Warning]:
    """Without a scanner papers are remade and served unscanned (P63)."""
    if scanner.is_set_up() or settings.TESTING:
        return []
    return [
        Warning("SCANNER_ADDRESS is not set: what is handed in is served without a virus scan.", id="documents.W001")
    ]
