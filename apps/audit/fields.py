"""PostgreSQL's 64-bit transaction id as a model field: it tells which rows were committed together, and before whom."""

from typing import Any

from django.db import models
from django.db.models import Func


class TransactionIdField(models.Field):
    """A transaction id (``xid8``): grows for ever, never wraps."""

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else str(value)


class CurrentTransactionId(Func):
    """``pg_current_xact_id()``."""

    function = "pg_current_xact_id"
    template = "%(function)s()"
    arity = 0
    output_field = TransactionIdField()
