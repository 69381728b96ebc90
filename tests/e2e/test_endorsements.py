"""The story of the endorsement engine in a real browser, by mouse in Chinese and by keyboard in English (S10, S11)."""

import re

from tests.e2e.axe import findings_at
from tests.e2e.journeys import close_a_day, enter_receipt, press

LIST = "/admin/policies/policy/"
CASES = "/admin/endorsements/endorsement/"
INCREASE, BENEFICIARY = "SUM_ASSURED_INCREASE", "BENEFICIARY_CHANGE"
CASE = r"/endorsements/endorsement/\d+/$"


def a_policy_that_may_grow(page, skip: int = 0) -> str:
    """The page that begins a case on a policy whose sum assured may be raised now: it has a window for that."""
    found = []
    for product in ("WHOLE01", "TERM01"):
        page.goto(f"{LIST}?product={product}&premium_status=PAYING")
        addresses = [each.get_attribute("href") for each in page.locator("tbody th a").all()]
        for address in addresses:
            page.goto(f"{address}begin_endorsement/")
            if page.locator(f"input[value={INCREASE}]:not([disabled])").count():
                found.append(page.url)
            if len(found) > skip:
                return found[skip]
    raise AssertionError("no policy of the demo book may grow now")


def looks_right(page, shoot, name: str) -> None:
    """Nothing serious for axe at any width; a picture of the narrow and of the wide window."""
    assert findings_at(page) == [], name
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        shoot(page, f"endorsement-{name}-{width}")
    page.set_viewport_size({"width": 1366, "height": 900})


def act(page, name: str) -> None:
    page.click(f"main .acts a[href$='/{name}/']")


def more_than_now(page) -> str:
    """A sum assured of ten thousand more than there is."""
    now = float(page.input_value(f"#id_{INCREASE}_sum_assured"))
    return f"{now + 10_000:.2f}"


def test_the_story_by_mouse(visit, shoot):
    clerk = visit("endorsement_clerk", lang="zh")
    clerk.goto(a_policy_that_may_grow(clerk))
    looks_right(clerk, shoot, "items-zh")
    clerk.check(f"input[value={INCREASE}]")
    clerk.check(f"input[value={BENEFICIARY}]")
    clerk.click("main .submit button.main")
    clerk.fill(f"#id_{INCREASE}_sum_assured", more_than_now(clerk))
    name_a_newcomer(clerk)
    looks_right(clerk, shoot, "questions-zh")
    clerk.click("main .submit button.main")
    clerk.wait_for_url("**/papers/")
    hand_in_everything(clerk)
    looks_right(clerk, shoot, "papers-zh")
    clerk.click("main .submit button.main")
    clerk.wait_for_url("**/quote/")
    looks_right(clerk, shoot, "quote-zh")
    clerk.click("main .submit a.main")
    looks_right(clerk, shoot, "check-zh")
    case = press(clerk, CASE)
    underwritten(visit, clerk, case)
    reviewed(visit, shoot, case)
    paid(visit, case)
    close_a_day(visit("supervisor", lang="zh"))
    clerk.goto(case)
    assert clerk.locator("main .head .badge-good").count()
    looks_right(clerk, shoot, "case-zh")
    undone(visit, clerk, case, shoot)


def name_a_newcomer(page) -> None:
    """Register somebody in place and make him the only beneficiary."""
    while page.locator("button[value^='remove:']").count():
        page.click("button[value^='remove:'] >> nth=0")
    page.click("details.inset summary")
    page.fill("#id_person-name", "王新生")
    page.fill("#id_person-born_on", "2018-03-04")
    page.select_option("#id_person-sex", "1")
    page.select_option("#id_person-relationship", "03")
    page.click("button[value=register]")
    place = f"#id_{BENEFICIARY}_beneficiaries_0"
    page.fill(f"{place}_benefit_order", "1")
    page.fill(f"{place}_share", "100")


def hand_in_everything(page) -> None:
    for box in page.locator("input[name^='seen-']").all():
        box.check()
    for choice in page.locator("select[name^='sign-']").all():
        if choice.get_attribute("name") in ("sign-holder", "sign-insured", "sign-company"):
            choice.select_option("original_id")
    if page.locator("#id_account").count():
        page.select_option("#id_account", index=1)


def underwritten(visit, clerk, case: str) -> None:
    """An underwriter answers on standard terms; the clerk sends the case on."""
    clerk.goto(case)
    underwriter = visit("supervisor2", lang="zh")
    underwriter.goto("/admin/underwriting/referral/?status=OPEN")
    underwriter.click("tbody th a")
    act(underwriter, "take")
    press(underwriter, r"/referral/\d+/$")
    underwriter.click("main .acts a[href*='/accept']")
    underwriter.fill("#id_reason", "standard")
    press(underwriter, r"/referral/\d+/$")
    clerk.reload()
    act(clerk, "send_on")
    press(clerk, CASE)


def reviewed(visit, shoot, case: str, lang: str = "zh") -> None:
    """Another person sees the same differences and approves them."""
    checker = visit("supervisor", lang=lang)
    checker.goto(f"{case}review/")
    assert checker.locator("table.compared").count()
    looks_right(checker, shoot, f"review-{lang}")
    checker.click("button[value=approve]")
    checker.wait_for_url(re.compile(r"/endorsement/\d+/(review/)?$"))


def paid(visit, case: str) -> None:
    """The customer pays what is asked: one enters the receipt, another confirms it."""
    keying, confirming = visit("renewal_clerk", lang="zh"), visit("supervisor", lang="zh")
    confirming.goto(f"{case}?tab=money_of")
    amount = re.sub(r"[^\d.]", "", confirming.locator("tbody td.number").first.inner_text())
    number = confirming.locator(".highlights a[href*='/policies/policy/']").first.inner_text()
    confirming.goto(enter_receipt(keying, number, amount, f"E2E-END-{number}"))
    act(confirming, "confirm")
    press(confirming, r"/billing/receipt/\d+/$")


def undone(visit, clerk, case: str, shoot) -> None:
    """The beneficiary change is undone though it is not the last item."""
    clerk.goto(case)
    act(clerk, "undo")
    clerk.select_option("#id_item", label=clerk.locator("#id_item option:has-text('受益人')").first.inner_text())
    clerk.fill("#id_reason", "客户撤回")
    clerk.click("main .submit button.main")
    clerk.wait_for_url("**/quote/")
    undoing = clerk.url.removesuffix("quote/")
    clerk.goto(f"{undoing}papers/")
    hand_in_everything(clerk)
    clerk.click("main .submit button.main")
    clerk.wait_for_url("**/quote/")
    looks_right(clerk, shoot, "undo-zh")
    clerk.click("main .submit a.main")
    press(clerk, CASE)
    reviewed(visit, shoot, undoing)
    clerk.goto(case)
    clerk.goto(f"{case}?tab=history")
    assert clerk.locator("ol.timeline li").count() > 5
    clerk.goto(undoing)
    assert clerk.locator("main .head .badge-good").count()


def focus(page, selector: str) -> None:
    """Tab until the control has the focus: it must be reachable."""
    for _tab in range(200):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def key_in(page, selector: str, text: str) -> None:
    focus(page, selector)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def enter(page, selector: str, leads_to: str) -> None:
    focus(page, selector)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(leads_to))


def test_a_case_from_its_choice_to_its_approval_by_keyboard_alone(visit, shoot):
    clerk = visit("endorsement_clerk", lang="en")
    clerk.goto(a_policy_that_may_grow(clerk, skip=1))
    for item in (INCREASE, BENEFICIARY):
        focus(clerk, f"input[value={item}]")
        clerk.keyboard.press("Space")
    enter(clerk, "main .submit button.main", r"item=")
    key_in(clerk, f"#id_{INCREASE}_sum_assured", more_than_now(clerk))
    while clerk.locator("button[value^='remove:']").count():
        focus(clerk, "button[value^='remove:']")
        with clerk.expect_navigation():
            clerk.keyboard.press("Enter")
    looks_right(clerk, shoot, "questions-en")
    enter(clerk, "main .submit button.main", r"/papers/$")
    while (box := clerk.locator("input[name^='seen-']:not(:checked)")).count():
        focus(clerk, f"[name='{box.first.get_attribute('name')}']")
        clerk.keyboard.press("Space")
    for signer in ("holder", "insured"):
        focus(clerk, f"[name='sign-{signer}']")
        clerk.keyboard.press("ArrowDown")
    looks_right(clerk, shoot, "papers-en")
    enter(clerk, "main .submit button.main", r"/quote/$")
    looks_right(clerk, shoot, "quote-en")
    enter(clerk, "main .submit a.main", r"/check/$")
    looks_right(clerk, shoot, "check-en")
    enter(clerk, "main .submit button.main", CASE)
    case = clerk.url
    underwritten(visit, clerk, case)
    checker = visit("supervisor", lang="en")
    checker.goto(f"{case}review/")
    looks_right(checker, shoot, "review-en")
    enter(checker, "button[value=approve]", r"/endorsement/\d+/(review/)?$")
    clerk.goto(case)
    looks_right(clerk, shoot, "case-en")
    assert "Waiting for" in clerk.inner_text("main .head")
