"""The global search and the lists, asked by turns as a supervisor of one office and as a compliance officer."""

import time
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import QueryDict

from apps.accounts.models import User
from apps.core.admin import finding, keyset
from apps.core.admin.lists import PER_PAGE, Listing
from apps.core.context import Context
from apps.operations.selectors import business_date
from apps.parties import searching, selectors
from apps.parties.models import Party
from apps.policies.models import Policy
from benchmarks import people
from benchmarks.meter import Meter

WHY = "customer_request"
BY_INDEX, BY_LIKE = "people by index", "people by LIKE"


class Asking:
    """All that a list asks of a request."""

    def __init__(self, user: User, query: str) -> None:
        self.user, self.GET = user, QueryDict(query)
        self.ctx = Context(actor=user.actor, person=user.person, business_date=business_date())


def run(meter: Meter, *, times: int) -> dict[str, Any]:
    """Seconds of each question, by shape; and the CPU seconds one takes, of this process and its backend."""
    users = [User.objects.get(username=name) for name in ("bench.office", "bench.all")]
    measured, cpu = {}, {}
    with meter:
        for shape, ask in {**searches(), **lists(), BY_INDEX: _by_index, BY_LIKE: _like}.items():
            alone = not shape.startswith("search") and "page" in shape
            ask(0, users[1])
            before = meter.cpu_seconds()
            measured[shape] = [_seconds(ask, n, users[1 if alone else n % 2]) for n in range(times)]
            cpu[shape] = (meter.cpu_seconds() - before) / times
    return {"seconds": measured, "cpu": cpu}


def searches() -> dict[str, Callable[[int, User], object]]:
    numbers = list(Policy.objects.order_by("?").values_list("number", flat=True)[:200])
    parties = list(Party.objects.order_by("?").values_list("pk", "name", "initials", "born_on")[:200])

    def person(n: int):
        return parties[n % len(parties)]

    shapes: dict[str, Callable[[int], str]] = {
        "policy number, whole": lambda n: numbers[n % len(numbers)],
        "policy number, beginning": lambda n: numbers[n % len(numbers)][:8],
        "name, two characters anywhere": lambda n: person(n)[1][-2:],
        "name, whole": lambda n: person(n)[1],
        "name and birthday": lambda n: f"{person(n)[1]} {person(n)[3]}",
        "pinyin initials": lambda n: person(n)[2],
        "last four": lambda n: people.phone(person(n)[0])[-4:],
        "whole ID number": lambda n: people.id_number(person(n)[0]),
    }
    return {f"search: {shape}": _find(text) for shape, text in shapes.items()}


def _find(text: Callable[[int], str]) -> Callable[[int, User], object]:
    def ask(n: int, user: User) -> object:
        ctx = Asking(user, "").ctx
        return finding.search(finding.Looking(ctx, user, text(n), WHY, finding.IN_THE_PANEL))

    return ask


def lists() -> dict[str, Callable[[int, User], object]]:
    pages = {page.label: page for page in admin.site._registry.values()}
    asked = {
        "policies": ("policies.policy", ""),
        "policies suspended": ("policies.policy", "status=SUSPENDED"),
        "policies, effective last first": ("policies.policy", "sort=effective"),
        "customers": ("parties.party", ""),
        "instalments in grace": ("billing.instalment", "status=IN_GRACE"),
        "events": ("audit.event", ""),
    }
    return {f"list: {name}": _list(pages[label], query) for name, (label, query) in asked.items()} | {
        "list: policies, page 1": _page(pages["policies.policy"], 0),
        "list: policies, page 5,000": _page(pages["policies.policy"], 5000),
    }


def _list(page, query: str) -> Callable[[int, User], object]:
    def ask(n: int, user: User) -> object:
        listing = Listing(Asking(user, query), page)  # type: ignore[arg-type]
        return listing.count, listing.table.rows

    return ask


def _page(page, number: int) -> Callable[[int, User], object]:
    """The rows alone of a page so deep in the list, reached by its key."""
    everyone = Policy.objects.order_by("-pk")
    at = everyone[min(number * PER_PAGE, everyone.count() - PER_PAGE - 1)]
    query = f"after={keyset.token_of(at, ['-pk'])}" if number else ""
    return lambda n, user: Listing(Asking(user, query), page).table.rows  # type: ignore[arg-type]


def _by_index(n: int, user: User) -> object:
    return searching.people(Asking(user, "").ctx, user, people.name_of(n)[-2:])


def _like(n: int, user: User) -> object:
    """The same people without the index of names."""
    seen = selectors.visible_to(user).filter(name__contains=people.name_of(n)[-2:])
    return list(seen.values_list("pk", "name")[: searching.MOST_PEOPLE + 1])


def _seconds(ask: Callable[[int, User], object], n: int, user: User) -> float:
    user = User.objects.select_related("branch").prefetch_related("role_grants").get(pk=user.pk)
    began = time.perf_counter()
    ask(n, user)
    return time.perf_counter() - began
