"""Roles and coverages as rows: what the Terms say, spread over time, for keys, filters and reports.

Rows that a revision leaves as they were keep their first day, so that a row tells since when it has been so.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

from django.db.models import Q

from .models import Policy, PolicyCoverage, PolicyRole
from .states import RoleKind
from .terms import Terms

Columns = dict[str, Any]
Row = TypeVar("Row", PolicyRole, PolicyCoverage)


def rebuild(policy: Policy, terms: Terms, on: date) -> None:
    """Write both projections anew from ``on``; what they say about earlier days stays."""
    _rebuild(PolicyRole, policy, on, ((columns, None) for columns in _roles(terms)))
    _rebuild(PolicyCoverage, policy, on, _coverages(terms, on))


def _roles(terms: Terms) -> Iterable[Columns]:
    nothing = {"benefit_order": None, "share": None, "relationship": ""}
    yield {"party_id": terms.holder, "role": RoleKind.HOLDER, **nothing}
    for life in terms.lives:
        yield {"party_id": life.party, "role": RoleKind.INSURED, **nothing}
    for each in terms.beneficiaries:
        yield {
            "party_id": each.party,
            "role": RoleKind.BENEFICIARY,
            "benefit_order": each.benefit_order,
            "share": each.share,
            "relationship": each.relationship,
        }


def _coverages(terms: Terms, on: date) -> Iterable[tuple[Columns, date | None]]:
    for each in terms.coverages:
        if each.ends_on is None or each.ends_on > on:
            yield (
                {
                    "code": each.code,
                    "product": each.product,
                    "sum_assured": each.sum_assured,
                    "premium": each.premium,
                },
                each.ends_on,
            )


def _rebuild(model: type[Row], policy: Policy, on: date, wanted: Iterable[tuple[Columns, date | None]]) -> None:
    rows = model.objects.filter(policy=policy)
    rows.filter(from_date__gte=on).delete()
    alive = list(rows.filter(Q(to_date=None) | Q(to_date__gte=on)))  # what ended today goes on if it is undone today
    missing = []
    for columns, to_date in wanted:
        same = next((row for row in alive if all(getattr(row, name) == columns[name] for name in columns)), None)
        if same is None:
            missing.append(model(policy=policy, from_date=on, to_date=to_date, **columns))
            continue
        alive.remove(same)
        if same.to_date != to_date:
            rows.filter(pk=same.pk).update(to_date=to_date)
    rows.filter(pk__in=[row.pk for row in alive]).update(to_date=on)
    model.objects.bulk_create(missing)
