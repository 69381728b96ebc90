"""Which failures are nobody's fault: a connection that broke is told from a statement that was refused."""

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from apps.core.failure import has_lost_the_database

pytestmark = pytest.mark.django_db(transaction=True)


def failing(statement):
    with pytest.raises(DatabaseError) as failed, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return failed.value


def test_a_session_that_is_ended_has_lost_the_database():
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    assert has_lost_the_database(failing("SELECT pg_terminate_backend(pg_backend_pid())"))
    connection.close()


def test_a_pool_or_a_network_that_gives_no_connection_too():
    assert has_lost_the_database(OperationalError("the pool is exhausted"))


@pytest.mark.parametrize("statement", ["SELECT 1/0", "SELECT nothing", "DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"])
def test_a_statement_that_is_refused_has_not(statement):
    assert not has_lost_the_database(failing(statement))


def test_nor_has_a_row_that_is_gone():
    assert not has_lost_the_database(DatabaseError("did not affect any rows"))
