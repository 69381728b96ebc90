"""State machines that cannot be cheated: django-fsm in Python, the same edges as triggers in PostgreSQL (P11, P14).

This is the only module that imports django-fsm. ``@stateful`` reads the edges off the ``@transition`` methods of a
model and declares two triggers for each state field: one refuses any other edge, one, at commit, refuses a row whose
birth or status change has no event in the same transaction (P35).
"""

import warnings
from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Model
from pgtrigger import After, Before, Condition, Deferred, Insert, Row, Trigger, UpdateOf, register

from .guards import CHECK_VIOLATION

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="The 'django-fsm' package")
    from django_fsm import FSMField, TransitionNotAllowed, transition
    from django_fsm import FSMFieldDescriptor as _ProtectedDescriptor

__all__ = ["StateField", "StateModel", "TransitionNotAllowed", "edges", "sources", "stateful", "transition"]


class _StateDescriptor(_ProtectedDescriptor):
    """Refuses assignment, except while the row is being re-read from the database."""

    def __set__(self, instance: Model, value: Any) -> None:
        if instance.__dict__.get("_refreshing"):
            self.field.set_state(instance, value)
        else:
            super().__set__(instance, value)


class StateField(FSMField):
    """A protected state field: only ``@transition`` methods move it."""

    descriptor_class = _StateDescriptor

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 24)
        kwargs["protected"] = True
        super().__init__(*args, **kwargs)


class StateModel(Model):
    """Base of models with state fields: ``refresh_from_db`` re-reads the state instead of failing or going stale."""

    class Meta:
        abstract = True

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__["_refreshing"] = True
        try:
            super().refresh_from_db(*args, **kwargs)
        finally:
            del self.__dict__["_refreshing"]


def state_fields(model: type[Model]) -> list[StateField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, StateField)]


def edges(model: type[Model], field_name: str = "status") -> frozenset[tuple[str, str]]:
    """The legal (from, to) pairs of one state field, read from its transition methods."""
    field = model._meta.get_field(field_name)
    assert isinstance(field, StateField)
    return frozenset(
        (str(move.source), str(move.target)) for move in field.get_all_transitions(model) if move.target is not None
    )


def sources(model: type[Model], target: str, field_name: str = "status") -> list[str]:
    """The states from which ``target`` may be reached: the WHERE of every set-based move."""
    return sorted(start for start, end in edges(model, field_name) if end == target)


def stateful(*, births: Collection[str] = (), evented: bool = True) -> Callable[[type[Model]], type[Model]]:
    """Guard every state field of a model.

    ``births`` are the event names by which a row may be born in another state than its default
    (``policy.imported``, ``policy.issued``); every other birth starts at the default state. ``evented=False`` is for
    rows that are themselves only the consequence of an event (deadlines, messages): their edges are guarded alone.
    """

    def guard(model: type[Model]) -> type[Model]:
        stateful_models.append(model)
        for field in state_fields(model):
            register(_edge_trigger(model, field.name))(model)
        if evented:
            register(_event_trigger(model, births))(model)
        return model

    return guard


stateful_models: list[type[Model]] = []


def _edge_trigger(model: type[Model], field: str) -> Trigger:
    legal = ", ".join(f"('{start}', '{end}')" for start, end in sorted(edges(model, field)))
    allowed = f"(OLD.{field}, NEW.{field}) IN ({legal})" if legal else "FALSE"
    return Trigger(
        name=f"{field}_edges",
        level=Row,
        when=Before,
        operation=UpdateOf(field),
        condition=Condition(f"OLD.{field} IS DISTINCT FROM NEW.{field}"),
        func=f"""
            IF NOT ({allowed}) THEN
                RAISE EXCEPTION '{model._meta.label_lower}.{field}: % to % is not legal', OLD.{field}, NEW.{field}
                    USING ERRCODE = '{CHECK_VIOLATION}';
            END IF;
            RETURN NEW;
        """,
    )


def _event_trigger(model: type[Model], births: Collection[str]) -> Trigger:
    """Looks the event up by its subject, and compares the transaction in a form no index serves.

    Statistics know nothing of the transaction at work: with "=" the planner takes its id for the rarest of keys and
    reads all events of the transaction for each of its rows.
    """
    fields = state_fields(model)
    label = model._meta.label_lower
    unchanged = " AND ".join(f"OLD.{f.name} = NEW.{f.name}" for f in fields)
    first = " AND ".join(f"NEW.{f.name} = '{f.default}'" for f in fields)
    names = ", ".join(f"'{name}'" for name in births) or "''"
    return Trigger(
        name="has_event",
        level=Row,
        when=After,
        operation=Insert | UpdateOf(*(field.name for field in fields)),
        timing=Deferred,
        declare=[("births_only", "boolean")],
        func=f"""
            IF TG_OP = 'UPDATE' THEN
                IF {unchanged} THEN RETURN NULL; END IF;
                births_only := FALSE;
            ELSE
                births_only := NOT ({first});
            END IF;
            IF NOT EXISTS (
                SELECT 1 FROM audit_event e
                WHERE e.subject_type = '{label}' AND e.subject_id = NEW.id
                  AND e.txid IS NOT DISTINCT FROM pg_current_xact_id()
                  AND (NOT births_only OR e.name IN ({names}))
            ) THEN
                RAISE EXCEPTION '{label} % changed its state without an event', NEW.id
                    USING ERRCODE = '{CHECK_VIOLATION}';
            END IF;
            RETURN NULL;
        """,
    )
