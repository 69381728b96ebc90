"""Every operation, tried with what its own specification allows and forbids: no fault, and never a 5xx (P68, P69).

``API_EXAMPLES`` tries more than CI does. The ids are those of objects that exist: others are tried by our own suite.
"""

import os
import re

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, seed, settings
from schemathesis.config import SchemathesisConfig

from policyops.wsgi import application
from tests.contracts.world import a_world

from .client import a_token
from .operations import LABELS, write

EXAMPLES = int(os.environ.get("API_EXAMPLES", "15"))
UNDERSTOOD_AND_REFUSED = ["2xx", "401", "403", "404", "409", "412", "422"]
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "428", "429"]
"""An If-Match of another form than our tags fits no object: 412, as one that is stale."""
CONFIG = {
    "checks": {
        "negative_data_rejection": {"expected-statuses": REFUSED},
        "missing_required_header": {"expected-statuses": REFUSED},
        "positive_data_acceptance": {"expected-statuses": UNDERSTOOD_AND_REFUSED},
        "ignored_auth": {"enabled": False},
    }
}


@pytest.fixture
def one_connection():
    """A call through the WSGI application would close the connection the test's transaction is on."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def world(db):
    return a_world()


@pytest.fixture
def token(world, one_connection, settings):
    settings.API_CALLS_A_MINUTE = settings.API_WRITES_A_MINUTE = 1_000_000
    return a_token(world.head)


schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application, config=SchemathesisConfig.from_dict(CONFIG))


@pytest.mark.promise("P68")
@pytest.mark.promise("P69")
@schema.parametrize()
@seed(20261122)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_operation_keeps_its_specification(case, world, token):
    for kind, text in (case.path_parameters or {}).items():
        if isinstance(text, str) and re.fullmatch(r"[a-z]{3}_[a-z2-7]{26}", text):
            case.path_parameters[kind] = write(kind, world.near[LABELS[kind]].public_id)
    if case.query:
        case.query.pop("cursor", None)  # only what we have sealed ourselves opens
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"})
