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


@pytest.mark.parametrize("event", [event for event in EVENTS if event.codes], ids=lambda event: event.name)
def test_a_code_is_told_in_the_readers_language(event):
    told = set(re.findall(r"\{(\w+)\}", str(event.sentence)))
    assert told & set(event.codes)
    for codes in event.codes.values():
        assert all(str(label) for _code, label in codes.choices)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_no_event_keeps_a_label_instead_of_its_code(event):
    assert not re.search(r"label\}", str(event.sentence))
