"""Filters that know the company's offices."""

from dataclasses import dataclass

from django.db.models import QuerySet

from apps.accounts.models import Branch
from apps.core.admin import Exactly


@dataclass(frozen=True)
class OfBranch(Exactly):
    """By the code of an office: its own rows and those of the offices below it."""

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        paths = Branch.objects.filter(code=value).values_list("path", flat=True)
        if not (path := paths.first()):
            return rows.none()
        below = Branch.objects.filter(path__startswith=path).values_list("pk", flat=True)
        return rows.filter(**{f"{self.lookup or self.name}__in": list(below)})
