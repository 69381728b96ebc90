"""Promises the database itself keeps, as class decorators: append-only rows, one legal table of edges, balanced books.

The triggers live in the migrations of the app (django-pgtrigger), so that raw SQL and ``update()`` meet them too.
"""

from collections.abc import Callable

from django.db.models import Model
from pgtrigger import (
    After,
    Before,
    Condition,
    Delete,
    Insert,
    Referencing,
    Row,
    Statement,
    Trigger,
    Update,
    UpdateOf,
    register,
)

CHECK_VIOLATION = "23514"
INSUFFICIENT_PRIVILEGE = "42501"

append_only_models: list[type[Model]] = []


def append_only(model: type[Model]) -> type[Model]:
    """Rows are written once: UPDATE and DELETE are refused, for the owner of the table too (P39)."""
    refuse = f"RAISE EXCEPTION '{model._meta.db_table} is append-only' USING ERRCODE = '{INSUFFICIENT_PRIVILEGE}';"
    register(Trigger(name="append_only", level=Row, when=Before, operation=Update | Delete, func=refuse))(model)
    append_only_models.append(model)
    return model


def ends_for_good(state: str, *, unless: str) -> Callable[[type[Model]], type[Model]]:
    """A row in this state leaves it only where ``unless``, a condition on ``OLD``, holds: its edges are for undoing."""
    return register(
        Trigger(
            name="ends_for_good",
            level=Row,
            when=Before,
            operation=UpdateOf("status"),
            condition=Condition(f"OLD.status = '{state}' AND NEW.status <> OLD.status AND NOT ({unless})"),
            func=f"RAISE EXCEPTION '% has ended for good', OLD.id USING ERRCODE = '{CHECK_VIOLATION}';",
        )
    )


def balanced(model: type[Model]) -> type[Model]:
    """All legs of a posting transaction are inserted by one statement and sum to zero per currency (P21)."""
    trigger = Trigger(
        name="balanced",
        level=Statement,
        when=After,
        operation=Insert,
        referencing=Referencing(new="legs"),
        func=f"""
            IF EXISTS (SELECT 1 FROM legs GROUP BY transaction_id, currency HAVING sum(amount) <> 0) THEN
                RAISE EXCEPTION 'unbalanced posting' USING ERRCODE = '{CHECK_VIOLATION}';
            END IF;
            RETURN NULL;
        """,
    )
    return register(trigger)(model)
