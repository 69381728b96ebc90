"""The bell in the top bar."""

from typing import Any

from django import template

from apps.notifications import selectors

register = template.Library()


@register.simple_tag
def unread(user: Any) -> int | None:
    """How many notices the reader of this page has not read; None for who has no inbox."""
    return selectors.unread(user) if user.has_perm("inbox.R") else None
