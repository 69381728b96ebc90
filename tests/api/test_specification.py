"""The contract is true: generated from the code, committed, complete, and not narrowed within a dated version (P68)."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.urls import URLResolver, get_resolver

from apps.core.api import OPERATIONS, specification
from apps.core.api.breaking import breaks
from apps.core.api.catalogue import CODES

FILE = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
COMMITTED = yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.mark.promise("P68")
def test_the_committed_specification_is_what_the_code_says():
    assert specification.written(specification.build()) == FILE.read_text(encoding="utf-8"), "run manage.py openapi"


@pytest.mark.promise("P68")
def test_every_route_of_the_api_is_in_the_specification():
    def addresses(resolver, prefix=""):
        for entry in resolver.url_patterns:
            where = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from addresses(entry, where)
            else:
                yield "/" + where.replace("<str:", "{").replace(">", "}")

    served = {each.rstrip("/") for each in addresses(get_resolver()) if each.startswith("/api/v1/")}
    assert served == set(COMMITTED["paths"])
    assert sum(map(len, COMMITTED["paths"].values())) == len(OPERATIONS)


@pytest.mark.promise("P68")
@pytest.mark.parametrize("where", [(path, method) for path, each in COMMITTED["paths"].items() for method in each])
def test_an_operation_tells_its_needs_its_problems_and_what_it_is_for(where):
    operation = COMMITTED["paths"][where[0]][where[1]]
    assert operation["summary"]
    assert operation["description"]
    assert {"x-permission", "x-scope", "x-idempotency", "x-step-up"} <= set(operation)
    assert {"400", "401", "403", "404", "405", "406", "429", "500", "503"} <= set(operation["responses"])


@pytest.mark.parametrize("code", CODES)
def test_a_problem_has_its_page(code, client):
    for language in ("en", "zh-CN"):
        answer = client.get(f"/errors/{code}", headers={"accept-language": language})
        assert answer.status_code == 200
        assert code in answer.content.decode()
    assert client.get("/errors/nonsense").status_code == 404


def test_the_specification_is_browsed_under_our_own_policy(client):
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert "'unsafe" not in page["Content-Security-Policy"]
    assert "<script>" not in page.content.decode()
    assert client.get("/api/openapi.json").json()["openapi"] == "3.1.1"


def without(document, *path):
    changed = deepcopy(document)
    place = changed
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return changed


def narrowed(change):
    changed = deepcopy(COMMITTED)
    change(changed)
    return changed


RECEIPTS = COMMITTED["paths"]["/api/v1/receipts"]
SENT = RECEIPTS["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]


@pytest.mark.promise("P68")
@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["paths"].pop("/api/v1/receipts"),
        lambda d: d["paths"]["/api/v1/receipts"].pop("post"),
        lambda d: d["paths"]["/api/v1/receipts"]["get"]["parameters"].pop(0),
        lambda d: d["paths"]["/api/v1/receipts"]["get"]["parameters"][0].update(required=True),
        lambda d: d["components"]["schemas"]["ReceiptShape"]["properties"].pop("amount"),
        lambda d: d["components"]["schemas"]["ReceiptShape"]["properties"]["number"].update(type="integer"),
        lambda d: d["components"]["schemas"]["Money"]["properties"].pop("currency"),
        lambda d: d["components"]["schemas"][SENT]["required"].append("new"),
        lambda d: d["components"]["schemas"][SENT]["properties"].pop("channel"),
        lambda d: d["components"]["schemas"][SENT]["properties"]["channel"]["enum"].pop(),
        lambda d: d["components"]["schemas"][SENT]["properties"]["transaction_number"].update(maxLength=3),
    ],
)
def test_what_is_taken_away_is_found(change):
    assert breaks(COMMITTED, narrowed(change))


@pytest.mark.promise("P68")
def test_what_is_added_breaks_nothing():
    def add(document):
        document["paths"]["/api/v1/new"] = RECEIPTS
        document["components"]["schemas"]["ReceiptShape"]["properties"]["new"] = {"type": "string"}
        document["components"]["schemas"][SENT]["properties"]["new"] = {"type": "string"}
        document["paths"]["/api/v1/receipts"]["get"]["parameters"].append({"name": "new", "in": "query", "schema": {}})

    assert breaks(COMMITTED, COMMITTED) == []
    assert breaks(COMMITTED, narrowed(add)) == []
