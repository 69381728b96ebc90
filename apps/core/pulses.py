"""Signs of life 心跳, kept in PostgreSQL: any host gives one, and any host sees its age by the database's clock."""

import socket

from django.db import connection
from django.db.models import FloatField
from django.db.models.expressions import RawSQL

from .models import Pulse

BEAT, ANCHOR, BACKUP = "beat", "anchor", "backup"


def give(name: str) -> None:
    """This part is alive at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO core_pulse (name, at, source) VALUES (%s, clock_timestamp(), %s)
               ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at, source = EXCLUDED.source""",
            [name, socket.gethostname()[:80]],
        )


def age(name: str) -> float | None:
    """Seconds since the last sign of life; None if there never was one."""
    seconds = RawSQL("extract(epoch FROM clock_timestamp() - at)", [], output_field=FloatField())
    return Pulse.objects.filter(pk=name).values_list(seconds, flat=True).first()
