"""``pk__in`` with the keys as one array, ``= ANY(…)``: a chunk of the night names thousands in each statement."""

from typing import Any

from django.db.models import BigAutoField, BigIntegerField, ForeignKey
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.lookups import In


class _AsArray(In):
    """One parameter for all keys, where ``IN`` takes one for each. The plan is the same."""

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        if not self.rhs_is_direct_value() or not self.rhs or not all(type(key) is int for key in self.rhs):
            return super().as_sql(compiler, connection)
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*parameters, list(self.rhs)]


@BigAutoField.register_lookup
@BigIntegerField.register_lookup
class KeyIn(_AsArray):
    """``pk__in``, ``subject_id__in``."""


@ForeignKey.register_lookup
class ForeignKeyIn(_AsArray, RelatedIn):
    """``policy__in``."""
