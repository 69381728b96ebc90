"""Filters of policies, and of what belongs to them."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.admin.filters import OfBranch
from apps.core.admin import Choice, Filter
from apps.parties.admin.filters import OfAgent
from apps.products import selectors as products


@dataclass(frozen=True)
class OfProduct(Choice):
    """By product, whatever its version; ``lookup`` leads to the version."""

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(**{f"{self.lookup}__in": products.version_ids_of(value)})


def of_policies(path: str = "") -> tuple[Filter, ...]:
    """By product, branch and agent of the policy to which ``path`` ("policy__") leads."""
    return (
        OfProduct("product", _("Product"), products.named, lookup=f"{path}product_version"),
        OfBranch("branch", _("Branch code"), lookup=f"{path}branch"),
        OfAgent("agent", _("Agent code"), lookup=f"{path}agent"),
    )
