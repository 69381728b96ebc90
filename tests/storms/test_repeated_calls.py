"""One call sent many times at once, or again after a crash, has one effect (P67): real servers, real kills."""

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.conf import settings
from django.core.servers.basehttp import WSGIServer
from django.db import connection

from apps.billing.models import Receipt
from apps.core.models import IdempotencyKey
from apps.operations import services as operations
from tests import factories as make
from tests.api.client import a_token
from tests.api.conftest import pol
from tests.billing.test_api import body_for
from tests.conftest import TODAY

CALLS = 40
WSGIServer.request_queue_size = 2 * CALLS  # the test's server would turn callers away at ten; gunicorn takes 2,048
KILLS = 50 if os.environ.get("STORM") else 3


@pytest.fixture
def caller(transactional_db, settings):
    settings.API_CALLS_A_MINUTE = settings.API_WRITES_A_MINUTE = 100_000
    operations.open_first_day(make.the_system(), TODAY)
    return a_token(), pol(make.a_policy())


@pytest.mark.storm
@pytest.mark.promise("P67")
def test_forty_calls_at_once_with_one_key_have_one_effect_and_one_answer(caller, live_server):
    token, policy = caller

    def call(_number):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "the-only-one"}
        with httpx.Client(timeout=60) as client:
            return client.post(f"{live_server.url}/api/v1/receipts", json=body_for(policy), headers=headers)

    with ThreadPoolExecutor(CALLS) as threads:
        answers = list(threads.map(call, range(CALLS)))
    assert Counter(each.status_code for each in answers) == {201: CALLS}
    assert len({each.content for each in answers}) == 1
    assert Counter(each.headers.get("Idempotent-Replayed") for each in answers) == {None: 1, "true": CALLS - 1}
    assert Receipt.objects.count() == IdempotencyKey.objects.count() == 1


@pytest.mark.storm
@pytest.mark.promise("P67")
def test_a_server_killed_between_effect_and_commit_leaves_nothing_and_a_retry_does_it_once(caller):
    token, policy = caller
    for _ in range(KILLS):
        with program(token, policy) as process:
            assert process.stdout.readline() == "effect\n"
            process.kill()
    assert Receipt.objects.count() == IdempotencyKey.objects.count() == 0
    for _ in range(2):
        with program(token, policy, "--through") as process:
            told = process.communicate()[0].split()
        assert told[-1] == "201"
    assert Receipt.objects.count() == 1


def program(token: str, policy: str, *options: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.storms.caller", connection.settings_dict["NAME"], token, policy, "k"]
    return subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR)
