"""What the database itself refuses, whoever asks (P11, P21, P35, P39)."""

import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit import services as audit
from apps.audit.events import EventType
from apps.audit.models import Event

THING = EventType("test.happened", "tests.thing", "It happened")


@pytest.mark.promise("P39")
@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE audit_event SET actor = 'other'", "DELETE FROM audit_event"])
def test_an_event_cannot_be_changed_or_deleted(ctx, statement):
    with transaction.atomic():
        audit.record(ctx, THING, 1, amount="1.00")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Event.objects.get().actor == ctx.actor


@pytest.mark.django_db(transaction=True)
def test_an_event_needs_a_transaction(ctx):
    with pytest.raises(transaction.TransactionManagementError):
        audit.record(ctx, THING, 1)
    assert not Event.objects.exists()
