"""Every route names its permission, and every role gets from it exactly what the matrix says (P44, P45, P49, P53)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
from django.contrib import admin
from django.http import HttpResponse
from django.test import Client, RequestFactory, TestCase, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.accounts import permissions
from apps.accounts.matrix import matrix
from apps.accounts.models import User
from apps.audit.models import Access, Event
from apps.audit.states import AccessKind
from apps.core.admin import PUBLIC, SIGNED_IN
from apps.core.admin.pages import tabs_of
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


def canaries_of(answer: HttpResponse) -> list[str]:
    """The data of the canary customer that stand in an answer."""
    text = answer.content.decode(errors="replace")
    return [canary for canary in CANARIES if canary in text]


@override_settings(ENABLED_ROLES=["cashier"])
class TestEveryRoleOnEveryRoute(TestCase):
    """14 roles × all routes, on objects of their own branch and of another."""

    world: World
    answers: ClassVar[dict[tuple[str, Route], tuple[int, int, list[str]]]] = {}

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

    def setUp(self) -> None:
        self.clients = {role: self.client_of(user) for role, user in self.users.items()}

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

    def near(self, role: str, route: Route) -> tuple[int, int, list[str]]:
        """What a role gets for an object of its own branch, what it ought to get, and the customer data in the text.

        Asked once for all tests: to read changes nothing.
        """
        if (role, route) not in self.answers:
            objects = self.world.near
            answer = self.clients[role].get(route.address(objects), follow=True)
            expected = self.expected(self.users[role], route, objects)
            self.answers[role, route] = (answer.status_code, expected, canaries_of(answer))
        return self.answers[role, route]

    @pytest.mark.promise("P44", "P49")
    def test_answers_are_those_of_the_matrix_and_of_the_scope(self):
        """Beyond the branch only objects of routes whose permission the role has: without it none is looked up."""
        for role, user in self.users.items():
            near = {route.pattern: self.near(role, route)[:2] for route in self.guarded()}
            far = {
                route.pattern: (
                    self.clients[role].get(route.address(self.world.far), follow=True).status_code,
                    self.expected(user, route, self.world.far),
                )
                for route in self.guarded()
                if route.of_object and permissions.allows(user, route.permission)
            }
            for own, answers in (("near", near), ("far", far)):
                with self.subTest(role=role, objects=own):
                    assert {route: found for route, found in answers.items() if found[0] != found[1]} == {}

    @pytest.mark.promise("P36")
    def test_a_denial_leaves_exactly_one_access_row_and_changes_nothing(self):
        for role, user in self.users.items():
            refused = [route for route in self.guarded() if not permissions.allows(user, route.permission)]
            events, last = Event.objects.count(), Access.objects.latest("pk").pk
            with self.subTest(role=role):
                for route in refused:
                    answer = self.clients[role].post(route.address(self.world.near), {"key": "x"})
                    left = Access.objects.filter(pk__gt=last).values_list("kind", "actor", "pk")
                    assert answer.status_code == 403, route
                    assert [found[:2] for found in left] == [(AccessKind.DENIED, user.actor)], route
                    last = left[0][2]
                assert Event.objects.count() == events

    @pytest.mark.promise("P44")
    def test_what_is_beyond_the_branch_is_not_found_and_the_try_is_remembered(self):
        client = self.clients["policy_clerk"]
        for label in ("policies.policy", "parties.party", "billing.receipt", "billing.instalment"):
            with self.subTest(label=label):
                route = next(r for r in self.guarded() if r.label == label and r.name.endswith("_change"))
                before = Access.objects.filter(kind=AccessKind.DENIED).count()
                assert client.get(route.address(self.world.far)).status_code == 404
                assert Access.objects.filter(kind=AccessKind.DENIED).count() == before + 1

    @pytest.mark.promise("P53")
    def test_no_page_shows_a_customers_data_in_full(self):
        for role in self.users:
            shown = {route.pattern: self.near(role, route) for route in self.guarded()}
            open_pages = [route for route in self.guarded() if shown[route.pattern][1] == 200]
            tabs = {address: self.clients[role].get(address) for route in open_pages for address in self.tabs(route)}
            with self.subTest(role=role):
                assert {route: found for route, (_, _, found) in shown.items() if found} == {}
                assert {address for address, answer in tabs.items() if answer.status_code != 200} == set()
                assert {address for address, answer in tabs.items() if canaries_of(answer)} == set()

    def tabs(self, route: Route) -> list[str]:
        """The tabs of an object's page behind the first, which the bare address shows."""
        if not route.name.endswith("_change"):
            return []
        return [f"{route.address(self.world.near)}?tab={tab.key}" for tab in tabs_of(route.label)[1:]]

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
            with self.subTest(role=role):
                found = {route.pattern: self.near(role, route)[0] for route in self.guarded() if route.label in private}
                assert set(found.values()) == {403}, found
