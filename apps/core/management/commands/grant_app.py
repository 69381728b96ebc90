"""``manage.py grant_app``: give the application's role what it needs and no more (P39). Run as the owner."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from apps.core.guards import append_only_models

NEVER_IGNORED = """CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name name) RETURNS boolean
                   LANGUAGE sql IMMUTABLE AS 'SELECT FALSE'"""
"""django-pgtrigger lets any session name triggers to ignore. No session may switch our guards off; and its own version
opens a subtransaction in every trigger, whose cost grows with the square of the rows in a transaction."""

SESSION = {
    "timezone": "UTC",
    "lock_timeout": "10s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30s",
    "client_connection_check_interval": "10s",
}
"""What every session begins with. A host that is cut off loses its locks in half a minute, so that others go on."""


class Command(BaseCommand):
    """Read and write ordinary tables; only read and insert append-only ones; no tables of its own.

    All in one transaction: an application at work never meets a table it may not read.
    """

    help = "Grant the application's database role its rights, after migrations, as the owner."

    def handle(self, *args: Any, **options: Any) -> None:
        role = sql.Identifier(settings.APP_ROLE)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(NEVER_IGNORED)
            self._begin_sessions_alike(cursor)
            cursor.execute(
                "SELECT current_user = %s OR NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)",
                [settings.APP_ROLE, settings.APP_ROLE],
            )
            if cursor.fetchone()[0]:
                self.stderr.write(f"No separate role {settings.APP_ROLE}: the application runs as the tables' owner.")
                return
            cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
            cursor.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(role))
            for table in self._tables():
                rights = "SELECT, INSERT" if table in self._append_only() else "SELECT, INSERT, UPDATE, DELETE"
                cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(sql.Identifier(table), role))
                cursor.execute(sql.SQL(f"GRANT {rights} ON {{}} TO {{}}").format(sql.Identifier(table), role))

    def _begin_sessions_alike(self, cursor: CursorWrapper) -> None:
        name = sql.Identifier(connection.settings_dict["NAME"])
        for setting, value in SESSION.items():
            cursor.execute(sql.SQL("ALTER DATABASE {} SET {} = {}").format(name, sql.Identifier(setting), value))

    def _tables(self) -> list[str]:
        known = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
        present = connection.introspection.table_names()
        return sorted(known & set(present)) + (["django_migrations"] if "django_migrations" in present else [])

    def _append_only(self) -> set[str]:
        return {model._meta.db_table for model in append_only_models}
