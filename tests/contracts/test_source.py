"""Habits that a reader of the source can check: no float near money, no direct use of django-fsm, small files."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

SOURCES = sorted(path for path in (Path(settings.BASE_DIR) / "apps").rglob("*.py") if "migrations" not in path.parts)
MONEY = [path for path in SOURCES if {"billing", "products", "policies"} & set(path.parts) or path.name == "money.py"]


def name(path: Path) -> str:
    return str(path.relative_to(settings.BASE_DIR))


@pytest.mark.promise("P23")
@pytest.mark.parametrize("path", MONEY, ids=name)
def test_money_is_never_a_float(path):
    for node in ast.walk(ast.parse(path.read_text())):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), f"line {node.lineno}"
        assert not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float"), f"line {node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_file_is_one_room(path):
    assert path.read_text().count("\n") <= 400


def test_django_fsm_is_imported_in_one_place():
    users = [name(path) for path in SOURCES if "django_fsm" in path.read_text()]
    assert users == ["apps/core/statemachine.py"]
