"""An import that is killed on its way leaves nothing behind, and starts afresh."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection

from apps.core import locks
from apps.imports.importing import IMPORT_LOCK
from apps.imports.models import PortfolioImport
from apps.imports.services import import_portfolio
from apps.operations import services as operations
from apps.parties.models import Party
from apps.policies.models import Policy

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60
WRITING_POLICIES = """SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE datname = current_database() AND relation = 'policies_policy'::regclass
      AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()"""


def start(path) -> subprocess.Popen:
    """The command as its own process, on the test's database."""
    server = connection.settings_dict
    url = f"postgres://{server['USER']}:{server['PASSWORD']}@{server['HOST']}:{server['PORT']}/{server['NAME']}"
    env = {**os.environ, "DATABASE_URL": url, "DATABASE_OWNER_URL": url}
    command = [sys.executable, "manage.py", "import_portfolio", str(path), "--mapping=demo"]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def wait_until_it_loads(process: subprocess.Popen) -> None:
    """Until the database is writing its policies."""
    deadline = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < deadline and process.poll() is None:
            cursor.execute(WRITING_POLICIES)
            if cursor.fetchone():
                return
            time.sleep(0.002)
    pytest.fail(f"the import was not caught loading: {process.communicate()[0].decode()}")


@pytest.mark.promise("P66")
def test_a_killed_import_leaves_nothing_and_the_next_one_does_it_all(company, demo_mapping, book_file):
    operations.open_first_day(company.ctx, company.ctx.business_date)
    path = book_file(company.rows(1500))
    process = start(path)
    wait_until_it_loads(process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (Policy.objects.count(), Party.objects.count(), PortfolioImport.objects.count()) == (0, 0, 0)
    again = _when_free(lambda: import_portfolio(company.ctx, path=path, mapping=demo_mapping))
    assert (again.loaded.policies, again.known) == (1500, 0)


def _when_free(act):
    """The killed session's lock goes when the server notices that its client is gone."""
    deadline = time.monotonic() + PATIENCE
    while locks.is_held(IMPORT_LOCK):
        if time.monotonic() > deadline:
            raise AssertionError("the killed import still holds its lock")
        time.sleep(0.05)
    return act()
