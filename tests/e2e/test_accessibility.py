"""The pages staff live on: nothing serious for axe, no sideways scroll, all by keyboard (X1, X5)."""

import re

import pytest

from tests.e2e.axe import findings, findings_at
from tests.e2e.journeys import ask_for_export, close_a_day, upload

LIST = "/admin/policies/policy/"
MONITOR = "/admin/operations/run/"
IMPORTS = "/admin/imports/upload/"
UNKNOWN_COLUMNS = "保单编号,险种代码,机构,投保人\nAXE1,WHOLE01,864401,王小明\n"

PUBLIC = ["/admin/login/", "/errors/", "/errors/duplicate_payment"]
EVERYDAY = [
    "/admin/",
    LIST,
    f"{LIST}?view=",
    f"{LIST}1/",
    f"{LIST}1/?tab=premiums",
    f"{LIST}1/?tab=payouts",
    f"{LIST}1/?tab=timeline",
    f"{LIST}1/?tab=all_versions",
    f"{LIST}1/versions/1/1/",
    "/admin/parties/party/1/",
    "/admin/parties/party/1/?tab=contact-and-consent",
    "/admin/billing/bankfile/upload/",
    "/admin/billing/payout/",
    "/admin/products/product/1/",
    "/admin/notifications/notice/",
    "/admin/notifications/message/",
    "/admin/notifications/letter/",
    "/admin/notifications/letter/print/",
]
HOUSE = [
    MONITOR,
    f"{MONITOR}close/",
    "/admin/operations/quarantine/",
    "/admin/accounts/apikey/",
    "/admin/accounts/apikey/request/",
    IMPORTS,
    f"{IMPORTS}upload/",
    "/admin/exports/export/",
    "/admin/exports/export/ask/?page=policies.policy",
]
BY_ROLE = {
    "system_admin": [
        "/admin/operations/banner/",
        "/admin/operations/banner/put_up/",
        "/admin/accounts/user/",
        "/admin/accounts/user/create/",
        "/admin/accounts/user/1/",
    ],
    "security_admin": ["/admin/accounts/rolegrant/", "/admin/accounts/rolegrant/1/", "/admin/accounts/branch/found/"],
    "compliance_officer": ["/admin/deadlines/calendaryear/announce/", "/admin/audit/event/"],
}


@pytest.fixture
def left_behind(visit, tmp_path, lang) -> list[str]:
    """What stands there only after work: a file with wrong cells, one to be mapped, an export, a closed day."""
    page = visit("supervisor", lang=lang)
    wrong = tmp_path / f"axe-{lang}.csv"
    page.goto(f"{IMPORTS}upload/")
    with page.expect_download() as download:
        page.click("main a[href*='template/csv']")
    text = download.value.path().read_text(encoding="utf-8-sig").replace("示例", f"AXE{lang}".upper())
    wrong.write_text(text.replace("2020-03-15", "2020-02-31"), encoding="utf-8")
    faulty = upload(page, wrong)
    page.wait_for_selector(".badge-warn", timeout=60_000)
    wrong.write_text(UNKNOWN_COLUMNS.replace("AXE1", f"AXE1{lang}"), encoding="utf-8")
    return [faulty, f"{faulty}correct/", upload(page, wrong), ask_for_export(page, lang), close_a_day(page)]


def problems(page, addresses: list[str], shoot, lang: str) -> dict[str, list]:
    found = {}
    for address in addresses:
        answer = page.goto(address)
        assert answer.status == 200, address
        page.wait_for_load_state("networkidle")
        if there := findings_at(page):
            found[address] = there
        page.set_viewport_size({"width": 390, "height": 844})
        shoot(page, f"{re.sub('[^a-z0-9]+', '-', address.rpartition('/admin/')[2].lower())}-{lang}", whole=False)
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_axe_finds_nothing_serious_on_the_pages_anybody_may_open(visit, shoot, lang):
    assert problems(visit(lang=lang), PUBLIC, shoot, lang) == {}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_axe_finds_nothing_serious_on_the_everyday_pages(visit, shoot, lang):
    assert problems(visit("supervisor", lang=lang), EVERYDAY, shoot, lang) == {}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_axe_finds_nothing_serious_on_the_pages_of_imports_exports_and_the_close(visit, shoot, lang, left_behind):
    assert problems(visit("supervisor", lang=lang), [*HOUSE, *left_behind], shoot, lang) == {}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_axe_finds_nothing_serious_on_the_administrators_pages(visit, shoot, lang):
    found = {}
    for role, addresses in BY_ROLE.items():
        found |= problems(visit(role, lang=lang), addresses, shoot, lang)
    assert found == {}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_axe_finds_nothing_serious_on_what_opens_and_on_what_is_found(visit, shoot, lang):
    page = visit("supervisor", lang=lang)
    page.goto(LIST)
    page.click("details.choose summary")
    assert findings_at(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.fill("#find", "86")
    page.wait_for_selector("#found [role=option]")
    assert findings(page) == []
    page.press("#find", "Enter")
    page.wait_for_url("**/admin/find/")
    shoot(page, f"find-{lang}")
    assert findings_at(page) == []


def test_from_the_login_to_a_policy_by_keyboard_alone(site, visit):
    username, password = site.accounts["supervisor"]
    page = visit(lang="en")
    assert page.evaluate("document.activeElement.id") == "id_username"
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")
    page.goto(LIST)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('tbody th a') !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/policies/policy/*/")
    assert page.locator("h1").count() == 1


def test_two_characters_arrows_and_enter_lead_to_a_policy(visit, shoot):
    """Two letters are the initials of a name: its bearers come first, then their policies (screen S4)."""
    page = visit("supervisor", lang="en")
    page.keyboard.press("/")
    page.keyboard.type("zw")
    policy = page.locator("#found [aria-label=Policies] [role=option]").first
    policy.wait_for()
    number = policy.locator("strong").inner_text()
    while policy.get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowDown")
    assert page.get_attribute("#find", "aria-activedescendant") == policy.get_attribute("id")
    shoot(page, "find-panel")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/policies/policy/\d+/$"))
    assert number in page.inner_text("h1")


def test_the_menu_of_a_small_screen_opens_and_closes_without_a_script(visit):
    page = visit("supervisor", lang="en", width=390)
    assert not page.locator("#menu").is_visible()
    page.click("a.menu")
    assert page.locator("#menu").is_visible()
    page.click("#menu a.close")
    assert not page.locator("#menu").is_visible()
