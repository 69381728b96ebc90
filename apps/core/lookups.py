"""``pk__in`` with the keys as one array, ``= ANY(…)``: a chunk of the night names thousands in each statement.

Name them as a set: of each element of a list Django asks whether it is an expression.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import BigAutoField, BigIntegerField, ForeignKey
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.lookups import In


class _AsArray(In):
    """One parameter for all keys, where ``IN`` takes one for each. The plan is the same."""

    def get_prep_lookup(self) -> Any:
        return self.rhs if self._keys() else super().get_prep_lookup()

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        if not (keys := self._keys()):
            return super().as_sql(compiler, connection)
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*parameters, keys]

    def _keys(self) -> list[int]:
        """The keys if they are all plain numbers; none if they are anything else."""
        given = list(self.rhs) if self.rhs_is_direct_value() and isinstance(self.rhs, Iterable) else []
        return given if set(map(type, given)) == {int} else []


@BigAutoField.register_lookup
@BigIntegerField.register_lookup
class KeyIn(_AsArray):
    """``pk__in``, ``subject_id__in``."""


@ForeignKey.register_lookup
class ForeignKeyIn(_AsArray, RelatedIn):
    """``policy__in``."""
