"""An approval reaches no farther than its own scope, however far the person sees."""

import pytest
from django.test import Client

from apps.exports import services as exports
from apps.exports.models import Export
from apps.operations import services as operations
from tests.conftest import TODAY
from tests.factories import a_branch, a_policy, a_user, the_system

from .test_services import ctx_of

pytestmark = pytest.mark.django_db


@pytest.mark.promise("P44")
def test_who_watches_over_all_exports_approves_those_of_his_branch_only(client: Client, monkeypatch):
    monkeypatch.setattr("apps.accounts.permissions.most_rows", lambda user, permission: 0)
    operations.open_first_day(the_system(), TODAY)
    head = a_branch("86")
    near, far = a_branch("8644", parent=head), a_branch("8631", parent=head)
    boss = a_user("supervisor", "compliance_officer", branch=near)
    waiting = []
    for branch in (near, far):
        a_policy(branch=branch)
        clerk = a_user("policy_clerk", branch=branch, username=f"clerk{branch.code}")
        wish = {"page": "policies.policy", "purpose": "service", "note": "round", "format": "csv"}
        waiting.append(exports.request_export(ctx_of(clerk), clerk, **wish))
    client.force_login(boss, backend="apps.accounts.backends.AccountBackend")
    assert [client.get(f"/admin/exports/export/{each.pk}/").status_code for each in waiting] == [200, 200]
    answers = [
        client.post(f"/admin/exports/export/{each.pk}/approve/", {"key": KEY.format(each.pk)}) for each in waiting
    ]
    assert [answer.status_code for answer in answers] == [302, 403]
    assert [Export.objects.get(pk=each.pk).status for each in waiting] == ["QUEUED", "AWAITING"]


KEY = "11111111-2222-4333-8444-{:012d}"
