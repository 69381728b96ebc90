"""Changing the keys while people work (P57)."""

import os
from base64 import b64encode

import pytest
from django.core.management import CommandError, call_command

from apps.core.crypto import DecryptionFailed
from apps.parties import keys, presentation, searching, selectors, services, shapes, vault
from apps.parties.models import Contact, Identity, Party
from apps.parties.states import ContactKind
from apps.parties.values import NewContact, NewIdentity, NewParty
from tests.factories import a_branch

pytestmark = [pytest.mark.django_db, pytest.mark.promise("P57")]
CROWD = 600


@pytest.fixture
def crowd(ctx):
    branch = a_branch().pk
    return services.register(
        ctx,
        [
            NewParty(
                name=f"客户{n}",
                branch_id=branch,
                identities=(NewIdentity("414", f"E{n:08d}"),),
                contacts=(NewContact("mobile", f"139{n:08d}"),),
            )
            for n in range(CROWD)
        ],
    )


@pytest.fixture
def change_keys(settings):
    def change(text):
        settings.FIELD_KEYS = text
        vault.ring.cache_clear()

    before = settings.FIELD_KEYS
    yield change
    change(before)


def a_key(name):
    return f"{name}:{b64encode(os.urandom(32)).decode()}"


def test_everything_stays_readable_before_during_and_after(crowd, change_keys, settings):
    new = a_key("next")
    change_keys(f"{new},{settings.FIELD_KEYS}")
    steps = 0
    for _place, rows in keys.rotate():
        steps += 1
        assert 0 < rows <= keys.CHUNK
        assert all(presentation.plain_number(one).startswith("E") for one in Identity.objects.all()[::97])
    assert steps == 4
    assert {one.number.partition(":")[0] for one in Identity.objects.all()} == {"next"}
    change_keys(new)
    phones = selectors.contact_for([party.pk for party in crowd], ContactKind.MOBILE)
    assert phones[crowd[7].pk] == "+8613900000007"
    assert list(keys.rotate()) == []


def test_what_was_sealed_by_hand_in_between_is_left_alone(ctx, crowd, change_keys, settings):
    change_keys(f"{a_key('next')},{settings.FIELD_KEYS}")
    fresh = services.add_contact(ctx, party_id=crowd[0].pk, kind="email", value="a@example.com")
    list(keys.rotate())
    assert Contact.objects.get(pk=fresh.pk).value == fresh.value


def test_the_index_still_finds_after_a_change(crowd, change_keys, settings):
    change_keys(f"{a_key('next')},{settings.FIELD_KEYS}")
    call_command("rotate_field_keys")
    assert Party.objects.filter(searching.named(shapes.read("E00000007"))).get() == crowd[7]


def test_a_missing_key_is_named_and_nothing_is_lost(crowd, change_keys):
    change_keys(a_key("stranger"))
    with pytest.raises(DecryptionFailed):
        presentation.plain_number(Identity.objects.first())
    with pytest.raises(CommandError, match="not in the key ring"):
        call_command("rotate_field_keys")
