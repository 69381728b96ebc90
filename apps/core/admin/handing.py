"""Files handed out 下载: inert attachments, whatever is in them (P64)."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def attachment(content: bytes, media_type: str, name: str) -> HttpResponse:
    """A file to be kept, not shown: the browser neither guesses its kind, nor runs it, nor keeps it on the way.

    The name may be in any script (RFC 6266).
    """
    headers = {
        "Content-Disposition": content_disposition_header(True, name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type=media_type, headers=headers)
