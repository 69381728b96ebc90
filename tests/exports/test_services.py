"""Exports: what a person may see and no more, with a purpose, and gone after a day."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.accounts.permissions import door
from apps.audit.models import Access, Event
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import BusinessError, Conflict, NotFound, NotPermitted, Refused
from apps.exports import services as exports
from apps.exports.models import Export
from tests.conftest import TODAY
from tests.factories import a_branch, a_person, a_policy, a_user

pytestmark = pytest.mark.django_db

POLICIES, CUSTOMERS = "policies.policy", "parties.party"
PAYLOADS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    '=cmd|"/c calc"!A1',
    "=HYPERLINK(1)",
)


def ctx_of(user: User) -> Context:
    return Context(actor=user.actor, person=user.person, business_date=TODAY)


@pytest.fixture
def clerk() -> User:
    return a_user("policy_clerk", branch=a_branch())


def asked(user: User, **changes: Any) -> Export:
    wish = {"page": POLICIES, "purpose": "service", "note": "call the customers back", "format": "csv", **changes}
    return exports.request_export(ctx_of(user), user, **wish)


def written(export: Export) -> Export:
    exports.write_export(Context(actor="job:write_export", business_date=TODAY), export.pk)
    return Export.objects.get(pk=export.pk)


def rows_of(user: User, export: Export) -> list[dict[str, str]]:
    _export, content = exports.take_export(ctx_of(user), export.pk)
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.promise("P65")
def test_a_list_comes_out_as_the_clerk_sees_it_with_the_number_of_the_export_on_every_row(clerk):
    near, far = a_policy(branch=clerk.branch), a_policy(branch=a_branch("8631"))
    export = written(asked(clerk))
    assert (export.status, export.rows) == ("READY", 1)
    [row] = rows_of(clerk, export)
    assert near.number in row.values()
    assert far.number not in row.values()
    assert f"{export.number} {clerk.actor}" in row.values()


@pytest.mark.promise("P65")
def test_the_filters_of_the_list_hold_in_its_export(clerk):
    a_policy(branch=clerk.branch)
    with pytest.raises(Refused) as refused:
        asked(clerk, query="status=SUSPENDED")
    assert refused.value.code == "export_nothing"
    assert not Export.objects.exists()
    assert written(asked(clerk, query="status=IN_FORCE")).rows == 1


@pytest.mark.promise("P53")
@pytest.mark.promise("P65")
def test_names_come_out_masked(clerk):
    a_person("欧阳卡纳里", clerk.branch)
    export = written(asked(clerk, page=CUSTOMERS))
    _export, content = exports.take_export(ctx_of(clerk), export.pk)
    assert "卡纳里" not in content.decode("utf-8-sig")
    assert export.content
    assert "欧阳" not in export.content


@pytest.mark.promise("P65")
@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_no_cell_is_a_formula(clerk, payload, format):
    clerk.branch.name = payload
    clerk.branch.save()
    a_person("张三", clerk.branch)
    export = written(asked(clerk, page=CUSTOMERS, format=format))
    _export, content = exports.take_export(ctx_of(clerk), export.pk)
    if format == "xlsx":
        sheets = load_workbook(io.BytesIO(content)).worksheets
        assert {cell.data_type for sheet in sheets for line in sheet.iter_rows() for cell in line} <= {"s", "inlineStr"}
        return
    cells = [cell for line in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in line]
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r＝＋－＠" and cell]


@pytest.mark.promise("P65")
def test_a_list_above_ones_limit_waits_for_another_person(clerk, monkeypatch):
    monkeypatch.setattr("apps.accounts.permissions.most_rows", lambda user, permission: 1)
    for _ in range(2):
        a_policy(branch=clerk.branch)
    export = asked(clerk)
    assert (export.status, export.most) == ("AWAITING", 2)
    assert written(export).status == "AWAITING"
    with pytest.raises(NotPermitted), door():
        exports.approve_export(ctx_of(clerk), export.pk)
    assert Access.objects.filter(kind="denied", action="list_export.A").count() == 1
    exports.approve_export(Context(actor="user:boss", person="boss", business_date=TODAY), export.pk)
    assert written(export).rows == 2


def test_the_database_refuses_an_export_approved_by_its_requester(clerk):
    a_policy(branch=clerk.branch)
    export = asked(clerk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Export.objects.filter(pk=export.pk).update(approved_person=clerk.person)


def test_more_than_the_most_is_refused(clerk, settings):
    settings.EXPORT_MOST_ROWS = 1
    for _ in range(2):
        a_policy(branch=clerk.branch)
    with pytest.raises(Refused) as refused:
        asked(clerk)
    assert refused.value.code == "export_too_large"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"page": "no.such"}, "export_list_unknown"),
        ({"columns": ["no-such"]}, "export_column_unknown"),
        ({"note": "  "}, "reason_required"),
    ],
)
def test_a_wrong_wish_is_refused_and_nothing_kept(clerk, changes, code):
    a_policy(branch=clerk.branch)
    with pytest.raises(BusinessError) as refused:
        asked(clerk, **changes)
    assert refused.value.code == code
    assert not Export.objects.exists()
    assert not Event.objects.filter(subject_type="exports.export").exists()


def test_a_list_one_may_not_read_does_not_come_out(clerk):
    with pytest.raises(NotPermitted), door():
        asked(clerk, page="accounts.rolegrant")
    assert not Export.objects.exists()


def test_who_lost_the_right_meanwhile_gets_no_file(clerk):
    a_policy(branch=clerk.branch)
    export = asked(clerk)
    clerk.role_grants.update(ended_at=clock.now(), ended_by="user:boss")
    assert written(export).status == "FAILED"


@pytest.mark.promise("P36")
@pytest.mark.promise("P65")
def test_every_download_leaves_its_trace(clerk):
    a_policy(branch=clerk.branch)
    export = written(asked(clerk))
    for _ in range(2):
        exports.take_export(ctx_of(clerk), export.pk)
    kept = Access.objects.filter(kind="exported", object_id=export.pk)
    assert kept.count() == 2
    assert kept[0].purpose == "service: call the customers back"
    assert Export.objects.get(pk=export.pk).downloads == 2


def test_nobody_takes_the_file_of_another(clerk):
    a_policy(branch=clerk.branch)
    export = written(asked(clerk))
    with pytest.raises(NotFound):
        exports.take_export(Context(actor="user:other", person="other", business_date=TODAY), export.pk)
    assert not Access.objects.filter(kind="exported").exists()


@pytest.mark.promise("P65")
def test_the_content_is_gone_after_its_time(clerk):
    a_policy(branch=clerk.branch)
    export = written(asked(clerk))
    Export.objects.filter(pk=export.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    with pytest.raises(Conflict):
        exports.take_export(ctx_of(clerk), export.pk)
    assert exports.expire_exports(Context(actor="job:expire_exports", business_date=TODAY)) == 1
    export = Export.objects.get(pk=export.pk)
    assert (export.status, export.content) == ("EXPIRED", "")


def test_a_file_is_written_once(clerk):
    a_policy(branch=clerk.branch)
    export = asked(clerk)
    written(export)
    assert exports.write_export(Context(actor="job:write_export", business_date=TODAY), export.pk) is None


def test_what_cannot_be_written_fails_and_is_not_tried_for_ever(clerk, monkeypatch):
    a_policy(branch=clerk.branch)
    export = asked(clerk)
    monkeypatch.setattr("apps.exports.writing.write", lambda *args: 1 / 0)
    assert (written(export).status, exports.selectors.waiting()) == ("FAILED", [])
