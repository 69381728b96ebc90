"""A person changes his own password: it leaves an event, and the other sessions end."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.models import Event
from apps.operations import services as operations
from tests import factories as make
from tests.conftest import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.promise("P35")]
NEW = "another-horse-battery-staple"


@pytest.mark.parametrize(("old", "events"), [(make.PASSWORD, 1), ("not-my-password", 0)])
def test_a_changed_password_is_remembered_and_a_refused_one_is_not(ctx, old, events):
    operations.open_first_day(ctx, TODAY)
    user = make.a_user("policy_clerk")
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        client.force_login(user, backend="apps.accounts.backends.AccountBackend")
    form = {"old_password": old, "new_password1": NEW, "new_password2": NEW}
    here.post(reverse("admin:password_change"), form)
    told = Event.objects.filter(name="user.password_set", subject_id=user.pk, actor=user.actor)
    assert told.count() == events
    assert [client.get(reverse("admin:index")).status_code for client in (here, elsewhere)] == [
        200,
        302 if events else 200,
    ]
