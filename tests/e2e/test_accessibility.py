"""The four pages everybody lives on: nothing serious for axe, no sideways scroll, all by keyboard (X1, X5)."""

from pathlib import Path

import pytest

AXE = Path(__file__).with_name("assets") / "axe.min.js"
LIST = "/admin/policies/policy/"
MONITOR = "/admin/operations/run/"
RUN_AXE = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
    'best-practice']})).violations.filter(found => ['serious', 'critical'].includes(found.impact))
    .map(found => [found.id, found.nodes.map(node => node.target.join(' ')).slice(0, 5)])"""


def findings(page) -> list:
    # Playwright evaluates outside the page's content security policy: the strict policy stays as it is.
    page.evaluate(AXE.read_text())
    return page.evaluate(RUN_AXE)


def scrolls_sideways(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def first_policy(page) -> str:
    page.goto(LIST)
    return page.get_attribute("tbody th a", "href")


def addresses(page) -> dict[str, str]:
    policy = first_policy(page)
    return {
        "workbench": "/admin/",
        "list": LIST,
        "policy": policy,
        "premiums": f"{policy}?tab=premiums",
        "timeline": f"{policy}?tab=timeline",
        "monitor": MONITOR,
        "close": f"{MONITOR}close/",
        "quarantine": "/admin/operations/quarantine/",
        "customer": "/admin/parties/party/1/",
        "form": "/admin/billing/bankfile/upload/",
        "products": "/admin/products/product/1/",
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_axe_finds_nothing_serious_on_the_login_page(visit, shoot, lang):
    page = visit(lang=lang)
    shoot(page, f"login-{lang}")
    assert findings(page) == []


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_axe_finds_nothing_serious_and_no_page_scrolls_sideways(visit, shoot, lang, width):
    page = visit("supervisor", lang=lang, width=width)
    found = {}
    for name, address in addresses(page).items():
        page.goto(address)
        shoot(page, f"{name}-{lang}-{width}")
        assert not scrolls_sideways(page), name
        if problems := findings(page):
            found[name] = problems
    assert found == {}


def test_a_staff_page_fits_390_pixels(visit, shoot):
    page = visit("supervisor", width=390, height=844)
    for name, address in addresses(page).items():
        page.goto(address)
        shoot(page, f"{name}-390")
        assert not scrolls_sideways(page), name


def test_from_the_login_to_a_policy_by_keyboard_alone(site, visit):
    username, password = site.accounts["supervisor"]
    page = visit(lang="en")
    assert page.evaluate("document.activeElement.id") == "id_username"
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")
    page.keyboard.press("/")
    page.keyboard.type("86")
    page.keyboard.press("Enter")
    page.wait_for_url("**/policies/policy/?q=86")
    page.goto(LIST)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _press in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('tbody th') !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/policies/policy/*/")
    assert page.locator("h1").count() == 1


def test_the_menu_of_a_small_screen_opens_and_closes_without_a_script(visit):
    page = visit("supervisor", lang="en", width=390)
    assert not page.locator("#menu").is_visible()
    page.click("a.menu")
    assert page.locator("#menu").is_visible()
    page.click("#menu a.close")
    assert not page.locator("#menu").is_visible()
