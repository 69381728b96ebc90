"""Every text there is: complete in all its forms, in words the law allows, and never changed once released."""

import hashlib
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from apps.notifications import facts, texts
from apps.notifications.messages import MESSAGES, REMINDER_TEXTS

FOLDER = Path(settings.BASE_DIR) / texts.FOLDER
RELEASED = Path(__file__).parent / "released_texts.txt"
TEMPLATES = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
TO_CUSTOMERS = [name for name in TEMPLATES if not name.startswith("staff_")]
TO_STAFF = [name for name in TEMPLATES if name.startswith("staff_")]
FORMS = ["en.txt", "sms.txt", "subject.txt", "zh.txt"]
LONGEST_SMS = 210
THREATS = re.compile(
    r"起诉|诉讼|法院|追缴|征信|滞纳金|\b(sue|court|lawsuit|legal action|debt collector)s?\b", re.IGNORECASE
)


@pytest.fixture
def params():
    """What a text is made of, with a value in every place."""
    names = ("salutation", "policy", "product", "amount", "company", "phone")
    days = ("due_on", "grace_ends_on", "suspended_on", "reinstate_until", "send_on", "day")
    of_cases = ("case", "items", "papers", "papers_short", "received_on", "until", "slip", "effective_on")
    to_staff = ("reader", "number", "customer", "letter", "aside", "letters")
    zh = {name: f"〔{name}〕" for name in (*names, *days, *of_cases, *to_staff)}
    return {"zh": zh, "en": {name: f"[{name}]" for name in zh}}


def released() -> dict[str, str]:
    return dict(reversed(line.split("  ")) for line in RELEASED.read_text().splitlines())


def test_a_text_is_never_changed_once_released_but_gets_a_new_version():
    now = {
        str(path.relative_to(FOLDER)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file()
    }
    assert {name: now.get(name) for name in released()} == released()
    assert set(now) == set(released()), "a new text: add its digest to released_texts.txt"


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_has_every_form(template):
    assert sorted(path.name for path in (FOLDER / template).iterdir()) == FORMS


@pytest.mark.parametrize("template", TO_STAFF)
def test_a_text_to_staff_leaves_no_place_empty(template, params):
    text = texts.render(template, params)
    assert "{{" not in text.text + text.short + text.subject
    assert "\n" not in text.subject + text.short
    assert set(re.findall(r"〔(\w+)〕", text.text)) == set(re.findall(r"\[(\w+)\]", text.text))
    assert "〔number〕" in text.short or template == "staff_night.1"


@pytest.mark.parametrize("template", TO_CUSTOMERS)
def test_a_text_leaves_no_place_empty_and_says_whose_policy_and_whom_to_call(template, params):
    text = texts.render(template, params)
    assert "{{" not in text.text + text.short + text.subject
    about = "case" if template.startswith("endorsement_") else "amount"
    said = ["salutation", "policy", "phone", "company", *([] if template == "endorsement_done.1" else [about])]
    for name in said:
        assert f"〔{name}〕" in text.text
        assert f"〔{name}〕" in text.short
        assert f"[{name}]" in text.text
    assert text.html.count("〔policy〕") == text.text.count("〔policy〕")
    assert "\n" not in text.subject + text.short


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_short_text_fits_a_phone(template, params):
    params["zh"] = dict.fromkeys(params["zh"], "二〇二六年十二月三十一日")
    assert len(texts.render(template, params).short) <= LONGEST_SMS


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_text_threatens_to_sue_for_premium(template, params):
    """L-18, 保险法 §38."""
    assert not THREATS.search(texts.render(template, params).text)


def test_values_cannot_break_out_of_the_letter(params):
    params["zh"]["product"] = "<script>alert(1)</script>"
    assert "<script>" not in texts.render("lapse_notice.1", params).html


def test_the_notice_of_suspension_names_the_consequences_and_the_way_back(params):
    """B-05, 基本服务规定 §21(2)."""
    notice = texts.render("lapse_notice.1", params)
    for said in ("〔suspended_on〕", "不承担保险责任", "〔reinstate_until〕", "补缴", "现金价值"):
        assert said in notice.text
    assert all(said in notice.short for said in ("〔suspended_on〕", "不予承担", "〔reinstate_until〕", "复效"))


@pytest.mark.parametrize("template", [name for name in TEMPLATES if name.startswith("reminder")])
def test_every_reminder_says_how_to_have_no_more_of_them(template, params):
    """B-04."""
    text = texts.render(template, params)
    assert "不再需要续期缴费提醒" in text.text
    assert "退订" in text.short


def test_the_table_names_only_texts_there_are():
    assert set(REMINDER_TEXTS.values()) <= set(TEMPLATES)
    assert len(MESSAGES) >= 3


def test_amounts_and_days_are_written_as_readers_write_them():
    assert facts.money_zh(Decimal("1234.5"), "CNY") == "人民币1,234.50元"
    assert facts.money_zh(Decimal("1234.5"), "USD") == "1,234.50 USD"
    assert facts.day_zh(date(2026, 3, 5)) == "2026年3月5日"
    assert facts.day_en(date(2026, 3, 5)) == "5 March 2026"
