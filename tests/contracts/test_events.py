"""The event registry is well formed (decision 21)."""

import re

import pytest
from django.apps import apps

from apps.audit.events import EVENTS


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_an_event_has_a_name_a_subject_and_a_sentence(event):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*", event.name)
    assert apps.get_model(event.subject)._meta.label_lower == event.subject
    assert str(event.sentence).strip()
