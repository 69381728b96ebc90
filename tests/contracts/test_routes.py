"""Every route names its permission, and every role gets from it exactly what the matrix says (P44, P45, P49, P53)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory, TestCase, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.accounts import permissions
from apps.accounts.matrix import matrix
from apps.accounts.models import User
from apps.audit.models import Access, Event
from apps.audit.states import AccessKind
from apps.core.admin import PUBLIC, SIGNED_IN
from tests import factories as make
from tests.contracts.world import CANARIES, World, a_world

OPEN_TO_ALL = {PUBLIC, SIGNED_IN}
ROLES = sorted(matrix().roles)


@dataclass(frozen=True)
class Route:
    """A pattern with the permission its view names, and the model whose page it is on."""

    name: str
    pattern: str
    permission: str
    label: str = ""
    of_object: bool = False
    numbers: int = 0

    def address(self, objects: dict) -> str:
        first = [1] * self.numbers  # the first of what an object has: its version 1
        return reverse(self.name, args=[objects[self.label].pk, *first] if self.of_object else [])


def patterns(resolver: URLResolver, prefix: str = "", names: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = (*names, entry.namespace) if entry.namespace else names
            yield from patterns(entry, prefix + str(entry.pattern), inner)
        else:
            yield prefix + str(entry.pattern), entry


def routes() -> list[Route]:
    """All but the API's, whose operations are walked in ``tests/api``."""
    pages = {page.label: page for page in admin.site._registry.values()}
    found = []
    for pattern, entry in patterns(get_resolver()):
        if pattern.startswith("api/v1/"):
            continue
        name = f"admin:{entry.name}" if pattern.startswith("admin/") else entry.name
        place = re.match(r"admin/(\w+)/(\w+)/", pattern)
        label = f"{place[1]}.{place[2]}" if place and f"{place[1]}.{place[2]}" in pages else ""
        permission = getattr(entry.callback, "permission", "")
        numbers = len(re.findall(r"<int:(?!pk>)", pattern))
        found.append(Route(name, pattern, permission, label, "<int:pk>" in pattern, numbers))
    return found


@pytest.mark.promise("P45")
@pytest.mark.parametrize("route", routes(), ids=lambda route: route.pattern or "home")
def test_a_route_names_a_permission_of_the_matrix(route):
    assert route.permission, "this route names no permission"
    if route.permission not in OPEN_TO_ALL:
        matrix().split(route.permission)


@override_settings(ENABLED_ROLES=["cashier"])
class TestEveryRoleOnEveryRoute(TestCase):
    """14 roles × all routes, on objects of their own branch and of another."""

    world: World

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = a_world()
        central = {"compliance_officer", "security_admin", "audit_admin", "system_admin"}
        cls.users = {
            role: make.a_user(
                role, branch=cls.world.head if role in central else cls.world.branch, username=f"the.{role}"
            )
            for role in ROLES
        }

    def client_of(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="apps.accounts.backends.AccountBackend")
        return client

    def sees(self, user: User, route: Route, objects: dict) -> bool:
        request = RequestFactory().get("/")
        request.user = User.objects.get(pk=user.pk)
        page = next(page for page in admin.site._registry.values() if page.label == route.label)
        return page.rows(request).filter(pk=objects[route.label].pk).exists()

    def expected(self, user: User, route: Route, objects: dict) -> int:
        if not permissions.allows(user, route.permission):
            return 403
        if not route.of_object:
            return 200
        if not self.sees(user, route, objects):
            return 404
        return 200 if self.reaches(user, route, objects) else 403

    def reaches(self, user: User, route: Route, objects: dict) -> bool:
        request = RequestFactory().get("/")
        request.user = User.objects.get(pk=user.pk)
        page = next(page for page in admin.site._registry.values() if page.label == route.label)
        return page.within(request, objects[route.label], route.permission)

    def guarded(self) -> list[Route]:
        return [route for route in routes() if route.permission not in OPEN_TO_ALL]

    @pytest.mark.promise("P44", "P49")
    def test_answers_are_those_of_the_matrix_and_of_the_scope(self):
        for role, user in self.users.items():
            client = self.client_of(user)
            for objects in (self.world.near, self.world.far):
                own = objects is self.world.near
                for route in (route for route in self.guarded() if own or route.of_object):
                    with self.subTest(role=role, route=route.pattern, own=own):
                        answer = client.get(route.address(objects), follow=True)
                        assert answer.status_code == self.expected(user, route, objects)

    @pytest.mark.promise("P36")
    def test_a_denial_leaves_exactly_one_access_row_and_changes_nothing(self):
        for role, user in self.users.items():
            client = self.client_of(user)
            for route in self.guarded():
                if permissions.allows(user, route.permission):
                    continue
                with self.subTest(role=role, route=route.pattern):
                    events, accesses = Event.objects.count(), Access.objects.count()
                    answer = client.post(route.address(self.world.near), {"key": "x"})
                    assert answer.status_code == 403
                    assert Event.objects.count() == events
                    assert Access.objects.count() == accesses + 1
                    assert Access.objects.latest("pk").kind == AccessKind.DENIED
                    assert Access.objects.latest("pk").actor == user.actor

    @pytest.mark.promise("P44")
    def test_what_is_beyond_the_branch_is_not_found_and_the_try_is_remembered(self):
        client = self.client_of(self.users["policy_clerk"])
        for label in ("policies.policy", "parties.party", "billing.receipt", "billing.instalment"):
            with self.subTest(label=label):
                route = next(r for r in self.guarded() if r.label == label and r.name.endswith("_change"))
                before = Access.objects.filter(kind=AccessKind.DENIED).count()
                assert client.get(route.address(self.world.far)).status_code == 404
                assert Access.objects.filter(kind=AccessKind.DENIED).count() == before + 1

    @pytest.mark.promise("P53")
    def test_no_page_shows_a_customers_data_in_full(self):
        for role, user in self.users.items():
            client = self.client_of(user)
            for route in self.guarded():
                if self.expected(user, route, self.world.near) != 200:
                    continue
                with self.subTest(role=role, route=route.pattern):
                    for text in (self.text(client, address) for address in self.tabs(route)):
                        assert [canary for canary in CANARIES if canary in text] == []

    def tabs(self, route: Route) -> list[str]:
        from apps.core.admin.pages import tabs_of

        address = route.address(self.world.near)
        whole = route.name.endswith("_change")
        return [f"{address}?tab={tab.key}" for tab in tabs_of(route.label)] or [address] if whole else [address]

    def text(self, client: Client, address: str) -> str:
        answer = client.get(address, follow=True)
        assert answer.status_code == 200
        return answer.content.decode(errors="replace")

    def test_nobody_gets_in_without_signing_in(self):
        for route in self.guarded():
            with self.subTest(route=route.pattern):
                answer = Client().get(route.address(self.world.near))
                assert answer.status_code == 302
                assert answer["Location"].startswith(reverse("admin:login"))

    @pytest.mark.promise("P49")
    def test_the_three_administrators_reach_no_customer_and_no_money(self):
        private = {"parties.party", "policies.policy", "billing.instalment", "billing.receipt", "billing.bankfile",
                   "renewals.reminder", "notifications.message", "deadlines.deadline"}  # fmt: skip
        for role in ("system_admin", "security_admin", "audit_admin"):
            client = self.client_of(self.users[role])
            for route in self.guarded():
                if route.label in private:
                    with self.subTest(role=role, route=route.pattern):
                        assert client.get(route.address(self.world.near)).status_code == 403
