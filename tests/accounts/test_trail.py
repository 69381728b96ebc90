"""The pages of events and accesses, as the audit administrator searches them."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.operations import services as operations
from tests import factories as make
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["7", "²", "9" * 80, "a:b", "policy.issued", "\x00"])
@pytest.mark.parametrize("page", ["event", "access"])
def test_whatever_is_searched_for_is_answered(ctx, page, text):
    operations.open_first_day(ctx, TODAY)
    client = Client()
    client.force_login(make.a_user("audit_admin"), backend="apps.accounts.backends.AccountBackend")
    assert client.get(reverse(f"admin:audit_{page}_changelist"), {"q": text}).status_code == 200
