"""The permission matrix, cell by cell: the file is what the product answers (P49)."""

import copy
import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from apps.accounts import permissions
from apps.accounts.matrix import CAPABILITIES, SOURCE, matrix, read
from tests.factories import a_user

FILE = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
ACTIONS, ROLES = FILE["actions"], FILE["roles"]
PERMISSION = re.compile(r"[\"']([a-z]+(?:_[a-z]+)*)\.([RCEAX])[\"']")


@pytest.fixture
def all_roles_in_use(settings):
    settings.ENABLED_ROLES = list(ROLES)


def test_the_counts_of_the_file_are_true():
    cells = sum(len(action["cells"]) for action in ACTIONS.values())
    pairs, routes = FILE["separation_of_duty"]["pairs"], FILE["separation_of_duty"]["routes"]
    counted = {"actions": len(ACTIONS), "roles": len(ROLES), "cells": cells}
    assert FILE["meta"]["counts"] == {**counted, "sod_pairs": len(pairs), "sod_routes": len(routes)}
    assert cells == len(ACTIONS) * len(ROLES)


@pytest.mark.promise("P49")
@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_every_cell_is_what_an_account_of_that_role_may_do(role, all_roles_in_use):
    user = a_user(role)
    for action, content in ACTIONS.items():
        cell = content["cells"][role]
        for capability in CAPABILITIES:
            expected = {cell[capability]["scope"]} if capability in cell else set()
            assert permissions.scope(user, f"{action}.{capability}") == expected, f"{action}/{role}/{capability}"


@pytest.mark.promise("P49")
@pytest.mark.parametrize("invariant", matrix().invariants, ids=lambda invariant: invariant.code)
def test_the_invariants_hold_over_all_cells(invariant):
    actions = ACTIONS if invariant.actions == ("*",) else invariant.actions
    for action in actions:
        for role in invariant.roles:
            for capability, grant in matrix().actions[action].cells[role].items():
                where = f"{invariant.code}: {action}/{role}/{capability}"
                assert capability not in invariant.forbid, where
                assert grant.scope in invariant.scopes, where


@pytest.mark.promise("P47")
@pytest.mark.parametrize("duty", matrix().duties, ids=lambda duty: duty.code)
def test_both_sides_of_a_separation_exist_and_somebody_holds_them(duty):
    for side in (duty.first, duty.second):
        actions = set(side["actions"]) | {
            code for code, action in ACTIONS.items() if {"*", action["group"]} & set(side["groups"])
        }
        assert actions <= set(ACTIONS)
        held = [cell for code in actions for cell in ACTIONS[code]["cells"].values()]
        assert any(set(side["capabilities"]) & set(cell) for cell in held)


def test_every_scope_and_capability_is_one_the_product_knows():
    assert set(FILE["capabilities"]) == set(CAPABILITIES)
    assert set(FILE["scopes"]) == {"branch", "assigned", "own_customers", "key_scope", "global", "self", "technical"}


def spoilt(change):
    data = copy.deepcopy(FILE)
    change(data["actions"]["policy_read"]["cells"])
    return data


@pytest.mark.parametrize(
    "change",
    [
        lambda cells: cells.pop("agent"),
        lambda cells: cells.update(visitor={}),
        lambda cells: cells.update(agent={"Z": {"scope": "global"}}),
        lambda cells: cells.update(agent={"R": {"scope": "everywhere"}}),
        lambda cells: cells.update(agent={"R": {"scope": "global", "only": "sometimes"}}),
        lambda cells: cells.update(agent={"R": {"scope": "global", "limit": "rows_9"}}),
        lambda cells: cells.update(agent={"R": {"scope": "global", "when": ["raining"]}}),
    ],
)
def test_a_matrix_with_a_hole_or_an_unknown_word_is_refused(change):
    with pytest.raises(ValueError, match="policy_read"):
        read(spoilt(change))


def source_files():
    return [path for folder in ("apps", "policyops") for path in (Path(settings.BASE_DIR) / folder).rglob("*.py")]


@pytest.mark.promise("P45")
def test_every_permission_written_in_the_code_is_held_by_somebody():
    written = {
        (".".join(found), path.name)
        for path in source_files()
        for found in PERMISSION.findall(path.read_text(encoding="utf-8"))
    }
    known = set(matrix().permissions())
    assert {use for use in written if use[0] not in known} == set()
    assert written
