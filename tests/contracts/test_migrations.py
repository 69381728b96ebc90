"""Migrations are safe beside a release that is still at work (P75): what would stop or break it is found here.

A release is upgraded while the one before serves (docs/production/upgrade.md). So a migration only adds what old code
can live with; what is taken away goes in a later release, and says so in ``SAFE_BECAUSE``.
"""

from collections.abc import Iterator

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

OURS = "apps."
BASELINE = {
    "accounts": 4,
    "audit": 4,
    "billing": 4,
    "core": 4,
    "deadlines": 2,
    "exports": 1,
    "imports": 3,
    "notifications": 3,
    "operations": 2,
    "parties": 5,
    "policies": 2,
    "products": 2,
    "renewals": 1,
}
"""The last migration of each app that came with a release to be installed while nothing runs."""

LOADER = MigrationLoader(connection=None)
NEWER = [
    key
    for key, migration in sorted(LOADER.disk_migrations.items())
    if type(migration).__module__.startswith(OURS) and int(key[1][:4]) > BASELINE.get(key[0], 0)
]


def dangers(migration: migrations.Migration, before: ProjectState) -> Iterator[str]:
    """What in it would stop or break the release that is still at work."""
    state, fresh = before.clone(), set()
    for operation in migration.operations:
        if isinstance(operation, migrations.CreateModel):
            fresh.add(operation.name_lower)
        elif getattr(operation, "model_name", "").lower() not in fresh:
            after = state.clone()
            operation.state_forwards(migration.app_label, after)
            yield from _dangers_of(operation, migration.app_label, state, after)
        operation.state_forwards(migration.app_label, state)


def _dangers_of(operation: Operation, app: str, before: ProjectState, after: ProjectState) -> Iterator[str]:
    match operation:
        case migrations.AddField(field=field):
            if not (field.null or field.has_db_default() or field.many_to_many):
                yield f"{operation.name}: old code inserts without it: give it a db_default, or let it be null"
        case migrations.RemoveField() | migrations.DeleteModel():
            yield f"{operation.describe()}: old code still reads it"
        case migrations.RenameField() | migrations.RenameModel() | migrations.AlterModelTable():
            yield f"{operation.describe()}: old code knows it by its old name: add, copy, and remove a release later"
        case migrations.AlterField(model_name=model, name=name):
            yield from _stricter(_field(before, app, model, name), _field(after, app, model, name))
        case AddIndexConcurrently() | AddConstraintNotValid():
            pass
        case migrations.AddIndex():
            yield f"{operation.index.name}: blocks every write while it is built: AddIndexConcurrently"
        case migrations.AddConstraint():
            yield f"{operation.constraint.name}: reads the table under a lock: AddConstraintNotValid first"
        case migrations.RunPython() | migrations.RunSQL() if not operation.reversible:
            yield f"{operation.describe()}: cannot be undone"


def _field(state: ProjectState, app: str, model: str, name: str) -> models.Field:
    return state.apps.get_model(app, model)._meta.get_field(name)


def _stricter(old: models.Field, new: models.Field) -> Iterator[str]:
    if old.db_type(connection) != new.db_type(connection):
        yield f"{new.name}: {old.db_type(connection)} → {new.db_type(connection)} may rewrite the table"
    if old.null and not new.null:
        yield f"{new.name}: old code still writes null"
    if new.unique and not old.unique:
        yield f"{new.name}: its unique index is built under a lock"


@pytest.mark.promise("P75")
@pytest.mark.parametrize("key", NEWER, ids=".".join)
def test_a_migration_lets_the_release_before_it_work_on(key):
    migration = LOADER.disk_migrations[key]
    if getattr(type(migration), "SAFE_BECAUSE", ""):
        return
    before = LOADER.project_state([parent for parent in migration.dependencies if parent[1] != "__first__"])
    assert list(dangers(migration, before)) == []


def thing(*operations: Operation) -> migrations.Migration:
    migration = migrations.Migration("0002_made_up", "things")
    migration.operations = list(operations)
    return migration


def existing() -> ProjectState:
    state = ProjectState()
    fields = [("id", models.BigAutoField(primary_key=True)), ("code", models.CharField(max_length=10, null=True))]
    migrations.CreateModel("Thing", fields).state_forwards("things", state)
    return state


INDEX = models.Index(fields=["code"], name="by_code")
CHECK = models.CheckConstraint(condition=models.Q(code="a"), name="only_a")


@pytest.mark.promise("P75")
@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("thing", "size", models.IntegerField(default=0)),
        migrations.RemoveField("thing", "code"),
        migrations.DeleteModel("Thing"),
        migrations.RenameField("thing", "code", "number"),
        migrations.RenameModel("Thing", "Item"),
        migrations.AlterField("thing", "code", models.CharField(max_length=10)),
        migrations.AlterField("thing", "code", models.TextField(null=True)),
        migrations.AlterField("thing", "code", models.CharField(max_length=10, null=True, unique=True)),
        migrations.AddIndex("thing", INDEX),
        migrations.AddConstraint("thing", CHECK),
        migrations.RunSQL("SELECT 1"),
        migrations.RunPython(lambda apps, editor: None),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_would_stop_or_break_it_is_found(operation):
    assert list(dangers(thing(operation), existing()))


@pytest.mark.promise("P75")
@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("thing", "size", models.IntegerField(db_default=0)),
        migrations.AddField("thing", "size", models.IntegerField(null=True)),
        migrations.AlterField("thing", "code", models.CharField("a better name", max_length=10, null=True)),
        migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
        AddIndexConcurrently("thing", INDEX),
        AddConstraintNotValid("thing", CHECK),
        migrations.RunPython(lambda apps, editor: None, migrations.RunPython.noop),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_old_code_can_live_with_passes(operation):
    assert list(dangers(thing(operation), existing())) == []


@pytest.mark.promise("P75")
def test_a_table_made_by_the_same_migration_may_be_finished_as_it_likes():
    made = migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))])
    added = migrations.AddField("other", "size", models.IntegerField(default=0))
    assert list(dangers(thing(made, added), existing())) == []
