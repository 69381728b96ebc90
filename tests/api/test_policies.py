"""Policies through the API: what they look like, and what they say on a day."""

from datetime import date

import pytest

from apps.core.api.ids import write
from apps.policies import services as policies
from apps.policies.states import HoldKind
from tests import factories as make

from .conftest import pol

pytestmark = pytest.mark.django_db


def test_a_policy_is_shown_with_its_people_and_coverages(api):
    policy = make.a_policy(holder=make.a_person("欧阳娜娜"), paid_to=date(2027, 3, 15))
    answer = api.read(f"policies/{pol(policy)}")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["id"] == pol(policy)
    assert body["number"] == policy.number
    assert (body["status"], body["premium_status"]) == ("in_force", "paying")
    assert body["premium"] == {"amount": "1200.00", "currency": "CNY"}
    assert body["paid_to"] == "2027-03-15"
    holder = {"role": "holder", "party": write("party", policy.holder.public_id), "name": "欧*", "since": "2024-03-15"}
    assert {**holder, "benefit_order": None, "share": None, "relationship": None} in body["roles"]
    assert body["coverages"][0]["sum_assured"] == {"amount": "100000.00", "currency": "CNY"}
    assert body["holds"] == []
    assert answer["ETag"].startswith('"')
    assert answer["Cache-Control"] == "no-store"
    assert answer["PolicyOps-Version"] == "2026-12-01"


def test_the_list_pages_along_its_cursor(api):
    numbers = [make.a_policy().number for _ in range(5)]
    found, address = [], "/api/v1/policies?limit=2&count=true"
    while address:
        page = api.get(address).json()
        assert (page["count"], page["count_capped"]) == (5, False)
        found += [row["number"] for row in page["data"]]
        address = page["next"]
    assert found == numbers[::-1]


def test_terms_are_told_as_of_a_day(api, ctx):
    policy = make.a_policy()
    answer = api.read(f"policies/{pol(policy)}/as_of?date=2026-03-31")
    assert answer.status_code == 200, answer.content
    assert answer.json()["terms"]["premium"] == {"amount": "1200.00", "currency": "CNY"}
    assert api.read(f"policies/{pol(policy)}/as_of?date=2020-01-01").status_code == 404


def test_versions_and_history_are_told(api):
    policy = make.a_policy()
    assert api.read(f"policies/{pol(policy)}/versions").json()["data"][0]["number"] == 1
    history = api.read(f"policies/{pol(policy)}/timeline?kind=state").json()["data"]
    assert history[-1]["name"] == "policy.issued"


def test_a_hold_changes_the_etag(api, ctx):
    policy = make.a_policy()
    before = api.read(f"policies/{pol(policy)}")["ETag"]
    assert api.read(f"policies/{pol(policy)}", if_none_match=before).status_code == 304
    policies.place_hold(ctx, policy_id=policy.pk, kind=HoldKind.LEGAL, reason="court order")
    assert api.read(f"policies/{pol(policy)}", if_none_match=before).status_code == 200


def test_the_holder_takes_the_place_of_his_id(api):
    policy = make.a_policy(holder=make.a_person("欧阳娜娜"))
    row = api.read("policies?expand=holder&fields=id,holder").json()["data"][0]
    assert row["holder"] == {"id": write("party", policy.holder.public_id), "kind": "person", "name": "欧*"}
    assert set(row) == {"id", "holder"}


def test_names_in_full_take_a_scope_a_purpose_and_leave_a_trace(api):
    from apps.audit.models import Access

    policy = make.a_policy(holder=make.a_person("欧阳娜娜"))
    body = api.read(f"policies/{pol(policy)}", purpose="payment_check").json()
    assert {role["name"] for role in body["roles"]} == {"欧阳娜娜"}
    assert Access.objects.filter(kind="revealed", purpose="payment_check").count() == 1
