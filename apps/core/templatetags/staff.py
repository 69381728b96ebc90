"""Template words of the staff's pages."""

from django import template

from apps.core.admin.show import brief, day

register = template.Library()
register.filter("brief", brief)
register.filter("day", day)
