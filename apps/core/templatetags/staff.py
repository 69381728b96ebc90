"""Template words of the staff's pages."""

from django import template

from apps.core.admin.deriving import derivation
from apps.core.admin.show import brief, day

register = template.Library()
register.filter("brief", brief)
register.filter("day", day)


@register.inclusion_tag("staff/parts/trace.html")
def trace(of, label=""):
    """How an amount came about: ``{% trace value %}`` for a Trace or the JSON of one; ``label`` says of what."""
    return {"derivation": derivation(of), "label": label}
