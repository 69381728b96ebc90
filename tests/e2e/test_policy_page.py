"""The page of a policy in a real browser: the slider over its days, by keyboard only (screen S6.3)."""

import pytest

PAGE = "/admin/policies/policy/1/"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_slider_shows_another_day_by_keyboard_and_keeps_the_focus(visit, lang):
    page = visit("supervisor", lang=lang)
    page.goto(PAGE)
    today = page.input_value("#on")
    page.focus("#slider")
    page.keyboard.press("PageDown")
    page.wait_for_selector("[data-banner] .note-warn")
    assert page.input_value("#on") < today
    assert f"on={page.input_value('#on')}" in page.url
    assert page.evaluate("document.activeElement.id") == "slider"
    page.keyboard.press("End")
    page.wait_for_selector("[data-banner]:not(:has(.note))", state="attached")
    assert page.input_value("#on") == today
