"""What Prometheus is told: this server's requests, and the house as the database knows it."""

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from apps.operations.tasks import pulse

pytestmark = pytest.mark.django_db
TOKEN = {"Authorization": "Bearer a-token"}


@pytest.fixture(autouse=True)
def token(settings):
    settings.METRICS_TOKEN = "a-token"


def told(client):
    """(name, labels) → value."""
    text = client.get("/metrics", headers=TOKEN).content.decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value for sample in samples}


@pytest.mark.parametrize("shown", [{}, {"Authorization": "Bearer another"}, {"Authorization": "Bearer "}])
def test_without_the_token_there_is_no_such_page(client, settings, shown):
    assert client.get("/metrics", headers=shown).status_code == 404
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers=shown).status_code == 404


def test_the_lights_the_queue_and_the_business_day_are_told(client, day):
    pulse()
    facts = told(client)
    assert facts["policyops_light", "beat", "ok"] == 1
    assert facts["policyops_light", "beat", "late"] == 0
    assert facts["policyops_light", "scanner", "off"] == 1
    assert facts["policyops_business_day_timestamp_seconds",] > 1_700_000_000
    assert facts["policyops_deliveries_dead",] == 0
    assert facts["policyops_queue_length", "celery"] >= 0


def test_requests_are_timed_by_route_and_never_by_address(client):
    key = ("policyops_request_seconds_count", "GET", "health/live", "2xx")
    before = told(client).get(key, 0)
    client.get("/health/live?name=secret")
    facts = told(client)
    assert facts[key] == before + 1
    assert not any("secret" in part for names in facts for part in names)


def test_the_line_of_a_request_in_the_log_says_how_long_it_took(client):
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        client.get("/health/live")
    [finished] = [line for line in lines if line["event"] == "request_finished"]
    assert 0 <= finished["seconds"] < 60


def test_what_is_told_costs_few_questions(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        told(client)
