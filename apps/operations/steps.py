from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from apps.audit.sealing import seal
from apps.audit.states import Stream
from apps.core.context import Context

from .agenda import Entry, Outcome
from .registry import step


@step("seal", _("Seal the record"), order=90)
def seal_what_the_night_did(ctx: Context, entries: Sequence[Entry]) -> Outcome:
    for stream in Stream:
        seal(stream)
    return Outcome()
