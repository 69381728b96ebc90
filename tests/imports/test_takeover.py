"""A worker that is killed at half is replaced by another one, and the book is the same as if nothing had happened."""

import io
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection, transaction

from apps.accounts.models import Branch
from apps.core.staging import fetch
from apps.imports import jobs, selectors, services
from apps.imports.models import Upload
from apps.imports.states import Mode, UploadStatus
from apps.operations import services as operations
from apps.policies.models import Policy
from tests.imports.test_kill import WRITING_POLICIES
from tests.imports.test_uploads import content_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promise("P66")]
PATIENCE = 120
SIZE = 5200
TOLD = (
    "SELECT number, status, premium_status, paid_to, premium, effective_on, terminated_on FROM policies_policy",
    "SELECT name, born_on, sex FROM parties_party",
    "SELECT type, number_index, p.name FROM parties_identity JOIN parties_party p ON p.id = party_id",
    "SELECT kind, value_index FROM parties_contact",
    """SELECT p.number, role, h.name FROM policies_policyrole r
       JOIN policies_policy p ON p.id = r.policy_id JOIN parties_party h ON h.id = r.party_id""",
    """SELECT p.number, i.number, i.due_on, i.status, i.amount FROM billing_instalment i
       JOIN policies_policy p ON p.id = i.policy_id""",
    "SELECT p.number, account, kind, amount FROM billing_posting b JOIN policies_policy p ON p.id = b.policy_id",
    "SELECT kind, due_on, p.number FROM operations_agenda a JOIN policies_policy p ON p.id = a.policy_id",
    "SELECT book, row_key FROM imports_importedpolicy",
    'SELECT row, "column", code FROM imports_cellfault',
    "SELECT imported, known, wrong_rows, wrong_cells, status FROM imports_upload",
    "SELECT name, count(*) FROM audit_event WHERE subject_type <> 'imports.upload' GROUP BY name",
)


def digest() -> list[str]:
    """What the book says, whatever the ids."""
    return [fetch(f"SELECT md5(string_agg(t::text, ';' ORDER BY t::text)) FROM ({told}) t")[0][0] for told in TOLD]


def work(upload: Upload) -> subprocess.Popen:
    """A worker as its own process, on the test's database."""
    server = connection.settings_dict
    url = f"postgres://{server['USER']}:{server['PASSWORD']}@{server['HOST']}:{server['PORT']}/{server['NAME']}"
    env = {**os.environ, "DATABASE_URL": url, "DATABASE_OWNER_URL": url}
    command = [sys.executable, "manage.py", "shell", "-c", f"from apps.imports import jobs; jobs.perform({upload.pk})"]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def wait_until(query: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if fetch(query):
            return
        time.sleep(0.005)
    pytest.fail(f"the worker was not caught at work: {process.communicate()[0].decode()}")


def take_over(upload: Upload) -> None:
    """Another worker goes on as soon as the server has noticed that the first is gone."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if jobs.perform(upload.pk):
            return
        time.sleep(0.1)
    pytest.fail("the killed worker still holds the upload")


def an_upload(company, rows) -> Upload:
    operations.open_first_day(company.ctx, company.ctx.business_date)
    head = Branch.objects.get(code="86").pk
    return services.upload(company.ctx, branch_id=head, name="b.csv", file=io.BytesIO(content_of(rows, "csv")))


@pytest.mark.parametrize("mode", [*Mode])
def test_a_wish_to_stop_is_heard_while_the_work_goes_on(company, mode):
    upload = an_upload(company, company.rows(30))
    services.check(company.ctx, upload.pk)
    jobs.perform(upload.pk)
    services.run(company.ctx, upload.pk, mode=mode)
    services.cancel(company.ctx, upload.pk)
    jobs.perform(upload.pk)
    stopped = Upload.objects.get()
    assert (stopped.status, stopped.stopping, Policy.objects.count()) == (UploadStatus.CANCELLED, False, 0)
    assert selectors.waiting() == []


@pytest.mark.storm
@pytest.mark.parametrize(
    ("mode", "at_half"),
    [(Mode.WHOLE, WRITING_POLICIES), (Mode.EACH, "SELECT 1 FROM imports_upload WHERE next_row > 2000")],
)
def test_a_killed_worker_is_replaced_and_nothing_is_lost_or_doubled(company, mode, at_half):
    rows = company.rows(SIZE)
    if mode == Mode.EACH:
        rows[10], rows[4000] = {**rows[10], "生效日": "2026-02-31"}, {**rows[4000], "期交保费": "free"}
    upload = an_upload(company, rows)
    services.check(company.ctx, upload.pk)
    jobs.perform(upload.pk)
    services.run(company.ctx, upload.pk, mode=mode)
    with transaction.atomic():
        jobs.perform(upload.pk)
        unbroken = digest()
        transaction.set_rollback(True)
    process = work(upload)
    wait_until(at_half, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    left = Upload.objects.get(pk=upload.pk)
    assert (left.status, selectors.waiting()) == (UploadStatus.RUNNING, [upload.pk])
    assert Policy.objects.count() == (0 if mode == Mode.WHOLE else left.imported)
    take_over(upload)
    assert digest() == unbroken
    assert Policy.objects.count() == SIZE - (2 if mode == Mode.EACH else 0)
