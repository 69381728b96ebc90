"""Keys that wait for somebody stand on the workbench of who may decide on them."""

import pytest

from apps.accounts import keys
from apps.core.admin.pages import figures
from tests import factories as make
from tests.api.client import GUARD, a_request

pytestmark = pytest.mark.django_db


def waiting(user):
    request = type("Looking", (), {"user": user})()
    groups = [group for group in figures() if group.permission in (keys.APPROVE, keys.ISSUE) and group.order >= 72]
    found = [figure for group in groups if user.has_perm(group.permission) for figure in group.build(request)]
    assert all(figure.waits for figure in found)
    return [figure.value for figure in found]


def test_a_request_waits_for_approval_and_then_for_its_issue():
    guard = make.a_user("security_admin", username="secadmin")
    key = a_request()
    assert waiting(guard) == [1, 0]
    keys.approve_key(GUARD, key_id=key.pk)
    assert waiting(guard) == [0, 1]
    keys.issue_key(GUARD, key_id=key.pk)
    assert waiting(guard) == [0, 0]


def test_ones_own_key_does_not_wait_for_oneself_and_who_may_not_decide_sees_none():
    guard = make.a_user("security_admin", username="secadmin")
    a_request(owner=guard)
    assert waiting(guard) == [0, 0]
    assert waiting(make.a_user("policy_clerk")) == []
