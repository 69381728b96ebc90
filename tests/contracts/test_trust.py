"""TRUST.md tells the truth: each promise in it has its tests, and each test with a promise is in it."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
MARK = re.compile(r'promise\(("P\d\d"(?:, "P\d\d")*)\)')
PROMISE = re.compile(r"P\d\d")
ROW = re.compile(r"^\| (P\d\d) \|.*$", re.MULTILINE)
TEST = re.compile(r"`([\w/]+\.py)`")


def listed() -> dict[str, set[str]]:
    return {row[1]: set(TEST.findall(row[0])) for row in ROW.finditer((ROOT / "TRUST.md").read_text())}


def marked() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        marks = ", ".join(MARK.findall(path.read_text()))
        for promise in PROMISE.findall(marks):
            found.setdefault(promise, set()).add(str(path.relative_to(ROOT / "tests")))
    return found


def test_every_promise_of_the_page_names_the_tests_that_keep_it():
    assert listed() == marked()
