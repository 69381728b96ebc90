"""Saved views 常用视图 (screen S19): keeping them, sharing them with a role, removing them, opening a list with one."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.text import slugify

from apps.audit import services as audit
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, refuse
from apps.core.locks import only_one_transaction

from . import events, permissions
from .models import OpeningView, SavedView, User

MOST_A_LIST = 20
LONGEST_NAME = 60
Query = Mapping[str, str | Sequence[str]]


def usable_by(user: User, page: str) -> QuerySet[SavedView]:
    """One's own views of a list and those shared with a role one holds, by name; ``default`` marks the opening one."""
    reach = Q(owner=user) | Q(role__in=permissions.roles_of(user))
    opens = OpeningView.objects.filter(view=OuterRef("pk"), user=user, page=page)
    return SavedView.objects.filter(reach, page=page, removed_at=None).annotate(default=Exists(opens)).order_by("name")


def with_default(user: User, page: str) -> list[tuple[SavedView, bool]]:
    """The views one may use of a list, each with whether it is the one the list opens with."""
    return [(view, getattr(view, "default", False)) for view in usable_by(user, page)]


def query_of(user: User, page: str, slug: str) -> dict[str, list[str]]:
    """The parameters a view stands for, as a query string has them. Not found unless one may use it."""
    return parameters(_usable(user, page, slug).query)


def parameters(query: Query) -> dict[str, list[str]]:
    """Each parameter with the list of its values."""
    return {name: [value] if isinstance(value, str) else list(value) for name, value in query.items()}


@transaction.atomic
def keep(ctx: Context, user: User, *, page: str, name: str, query: Query, role: str = "") -> SavedView:
    """Keep a query under a name, and share it with a role if one is named; the same name again keeps the new query.

    Refuses a name that is missing or too long, a role that is not in use, and more than ``MOST_A_LIST`` of a list.
    """
    name = " ".join(name.split())
    if not name:
        raise refuse("name_missing")
    if len(name) > LONGEST_NAME:
        raise refuse("view_name_too_long", most=LONGEST_NAME)
    if role and role not in permissions.enabled_roles():
        raise refuse("role_unknown", role=role)
    if not only_one_transaction(f"saved_views {page}"):
        raise Conflict(Refusal("busy"))
    mine = SavedView.objects.filter(owner=user, page=page, removed_at=None)
    if view := mine.filter(name=name).first():
        view.query, view.role = dict(query), role
        view.save(update_fields=["query", "role"])
    else:
        if mine.count() >= MOST_A_LIST:
            raise refuse("views_too_many", most=MOST_A_LIST)
        slug = _free_slug(page, name)
        view = SavedView.objects.create(owner=user, page=page, name=name, slug=slug, query=dict(query), role=role)
    audit.record(ctx, events.VIEW_SAVED, view.pk, page=page, slug=view.slug, role=role)
    return view


@transaction.atomic
def remove(ctx: Context, user: User, *, page: str, slug: str) -> None:
    """Remove a view of one's own; whoever opened the list with it sees the list as it is. Not found for another's."""
    view = SavedView.objects.select_for_update().filter(owner=user, page=page, slug=slug, removed_at=None).first()
    if view is None:
        raise NotFound(Refusal("not_found"))
    OpeningView.objects.filter(view=view).delete()
    view.removed_at = clock.now()
    view.save(update_fields=["removed_at"])
    audit.record(ctx, events.VIEW_REMOVED, view.pk, page=page, slug=slug)


@transaction.atomic
def open_with(ctx: Context, user: User, *, page: str, slug: str) -> None:
    """Open a list with this view from now on, or as it is if no slug is given. Not found unless one may use it."""
    if not slug:
        OpeningView.objects.filter(user=user, page=page).delete()
        return
    view = _usable(user, page, slug)
    OpeningView.objects.update_or_create(user=user, page=page, defaults={"view": view})
    audit.record(ctx, events.VIEW_OPENS, view.pk, page=page, slug=slug)


def _usable(user: User, page: str, slug: str) -> SavedView:
    if view := usable_by(user, page).filter(slug=slug).first():
        return view
    raise NotFound(Refusal("not_found"))


def _free_slug(page: str, name: str) -> str:
    """The name as an address writes it, with a number behind it where it is taken."""
    wished = slugify(name, allow_unicode=True) or "view"
    taken = set(
        SavedView.objects.filter(page=page, removed_at=None, slug__startswith=wished).values_list("slug", flat=True)
    )
    numbered = (f"{wished}-{number}" for number in range(2, len(taken) + 3))
    return wished if wished not in taken else next(slug for slug in numbered if slug not in taken)
