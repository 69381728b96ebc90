"""Tests run against real PostgreSQL as the application's role; only the clean-up between tests is the owner's."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.backends.signals import connection_created
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase

from apps.core.context import Context
from apps.products.selectors import terms_of

TODAY = date(2026, 11, 22)
KEPT = {"django_migrations", "django_content_type"}


def become_app(sender: object = None, connection: object = None, **kwargs: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {settings.APP_ROLE}")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        call_command("grant_app")
        become_app(connection=connection)
        connection_created.connect(become_app, dispatch_uid="become_app")
        yield
        connection_created.disconnect(dispatch_uid="become_app")
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def books_balance() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(amount), 0) FROM billing_posting")
        return cursor.fetchone()[0] == 0


def our_tables() -> str:
    """All tables of the application, to be named in a statement."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    return ", ".join(sorted(tables - KEPT))


def as_owner(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(statement)
        cursor.execute(f"SET ROLE {settings.APP_ROLE}")


def empty() -> None:
    """Nothing in any table, and nothing of what was rolled back before on their pages."""
    as_owner(f"TRUNCATE {our_tables()} RESTART IDENTITY CASCADE")
    terms_of.cache_clear()  # the next products get the same ids


def empty_as_owner(self: TransactionTestCase) -> None:
    """What a committing test leaves behind goes by the owner's TRUNCATE; the books must balance before (P21)."""
    balance = books_balance()
    empty()
    assert balance, "the books do not balance"


TransactionTestCase._fixture_teardown = empty_as_owner
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick: tests make many accounts


@pytest.fixture
def ctx() -> Context:
    """A clerk at work on the test's business date."""
    return Context(actor="user:clerk", person="clerk", business_date=TODAY)


@pytest.fixture
def checker() -> Context:
    """A second person, on the same business date."""
    return Context(actor="user:checker", person="checker", business_date=TODAY)


@pytest.fixture
def other_connection() -> Callable[[], AbstractContextManager[CursorWrapper]]:
    """Another user's session of the same database: ``with other_connection() as cursor``."""

    @contextmanager
    def open_session() -> Iterator[CursorWrapper]:
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                yield cursor
        finally:
            other.close()

    return open_session


@pytest.fixture(scope="session")
def shelf() -> Path:
    """The reference data beside the project; tests that need it skip where it is missing."""
    folder = Path(settings.BASE_DIR).parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the reference data folder ../shared/data is not here")
    return folder
