"""Questions about exports, and the lists they are taken from."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import QueryDict

from apps.accounts import permissions, scoping
from apps.accounts.models import User
from apps.core import clock
from apps.core.admin import Column, StaffAdmin
from apps.core.admin.lists import Listing
from apps.core.context import Context
from apps.core.errors import refuse

from .models import Export
from .states import ExportStatus

TAKE, APPROVE = "list_export.X", "list_export.A"


@dataclass(frozen=True)
class Viewer:
    """Who looks at a list outside of a request: all that a page asks of one."""

    user: User
    ctx: Context
    GET: QueryDict


def visible_to(user: User) -> QuerySet[Export]:
    """One's own exports, those one may approve, and for those who watch over exports all of them."""
    if "global" in permissions.scope(user, TAKE):
        return Export.objects.defer("content")
    reach = Q(requested_by=user.actor) | scoping.rows(user, APPROVE, agent_user="")
    return Export.objects.filter(reach).defer("content")


def reached_by(user: User, permission: str) -> QuerySet[Export]:
    """The exports on which a permission lets this person act: one's own to take, those of one's branch to approve."""
    if permission == TAKE:
        return Export.objects.filter(requested_by=user.actor)
    return Export.objects.filter(scoping.rows(user, permission, agent_user=""))


def page_named(label: str) -> StaffAdmin:
    """The list of one kind of object. Refuses ``export_list_unknown``."""
    for page in admin.site._registry.values():
        if isinstance(page, StaffAdmin) and page.label == label:
            return page
    raise refuse("export_list_unknown")


def listing(viewer: Viewer, page: StaffAdmin) -> Listing:
    """The list as this person sees it, narrowed as asked. Denied as the page itself would be."""
    permissions.require(viewer.ctx, viewer.user, page.read)
    return Listing(viewer, page)  # type: ignore[arg-type]  # a page asks a request for its user and query only


def offered(page: StaffAdmin) -> list[tuple[str, str]]:
    """The columns of a list, by key, and what they are called."""
    return [(column.key, str(column.label)) for column in page.columns]


def waiting() -> list[int]:
    """Exports to be written, the oldest first."""
    return list(Export.objects.filter(status=ExportStatus.QUEUED).order_by("pk").values_list("pk", flat=True)[:100])


def to_approve(user: User) -> int:
    """How many exports wait for this person's approval."""
    if not permissions.allows(user, APPROVE):
        return 0
    reach = scoping.rows(user, APPROVE, agent_user="")
    return Export.objects.filter(reach, status=ExportStatus.AWAITING).exclude(requested_person=user.person).count()


def outlived() -> QuerySet[Export]:
    """Those whose time is over, and whose content is still there."""
    return Export.objects.filter(status=ExportStatus.READY, expires_at__lte=clock.now())


def labels(export: Export) -> list[str]:
    """What the columns of an export are called; one that is no longer on the list goes by its key."""
    known = dict(offered(page_named(export.page)))
    return [known.get(key, key) for key in export.columns] or [
        str(column.label) for column in chosen_columns(page_named(export.page), ())
    ]


def chosen_columns(page: StaffAdmin, wanted: Sequence[str]) -> list[Column]:
    """These columns of a list, in its own order; the usual ones if none is named. Refuses one that is not there."""
    for unknown in set(wanted) - {column.key for column in page.columns}:
        raise refuse("export_column_unknown", column=unknown)
    return [column for column in page.columns if (column.key in wanted if wanted else column.usual)]
