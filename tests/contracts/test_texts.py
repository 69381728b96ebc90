"""Every text of the interface is there in both languages, with the same placeholders (screen X2.2)."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from apps.core import catalogue

PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)s|<[^>]+>")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LANGUAGE_NAME = "中文"


@pytest.fixture(scope="module")
def texts():
    return catalogue.everything()


@pytest.fixture(scope="module")
def chinese():
    return catalogue.read(catalogue.source())


def test_every_text_has_its_chinese(texts, chinese):
    lacking = [entry.id for entry in texts if entry.id and not _translation(chinese, entry)]
    assert lacking == [], "make messages, then translate locale/zh_Hans/LC_MESSAGES/django.po"


def test_the_catalogue_holds_nothing_that_no_page_says(texts, chinese):
    said = {(entry.id, entry.context) for entry in texts}
    assert [entry.id for entry in chinese if entry.id and (entry.id, entry.context) not in said] == []


def test_a_translation_keeps_the_placeholders(chinese):
    for entry in chinese:
        if entry.id and entry.string:
            english = entry.id if isinstance(entry.id, str) else entry.id[-1]
            translated = entry.string if isinstance(entry.string, str) else entry.string[0]
            assert set(PLACEHOLDER.findall(translated)) == set(PLACEHOLDER.findall(english)), english


def test_no_template_speaks_chinese_of_its_own():
    folder = Path(settings.BASE_DIR) / "templates"
    letters = folder / "messages"
    for path in sorted(folder.rglob("*.html")):
        if letters not in path.parents:
            assert not CHINESE.search(path.read_text().replace(LANGUAGE_NAME, "")), path


def _translation(chinese, entry) -> str:
    found = chinese.get(entry.id if isinstance(entry.id, str) else entry.id[0], entry.context)
    string = found.string if found else ""
    return "".join(string) if isinstance(string, (tuple, list)) else string
