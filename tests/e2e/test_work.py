"""A day at the office, in the browser: look up, take money with two persons, read a bank file, close the day."""

import re
from datetime import date, timedelta

import pytest

from tests.e2e.journeys import an_unpaid_policy

RECEIPTS = "/admin/billing/receipt/"
MONITOR = "/admin/operations/run/"


@pytest.mark.parametrize(("lang", "title"), [("zh", "工作台"), ("en", "Workbench")])
def test_the_language_is_the_browsers_and_can_be_switched(visit, lang, title):
    page = visit("supervisor", lang=lang)
    assert page.inner_text("h1") == title
    page.click("form.language button")
    assert page.inner_text("h1") == ({"工作台", "Workbench"} - {title}).pop()


def test_a_wrong_password_is_explained_at_the_top(visit):
    page = visit(lang="en")
    page.fill("#id_username", "nobody")
    page.fill("#id_password", "wrong")
    page.click("button.main")
    page.wait_for_selector("[role=alert]:focus")
    assert page.title().startswith("Error: ")


def test_a_receipt_is_entered_by_one_and_confirmed_by_another(visit, shoot):
    clerk = visit("renewal_clerk", lang="zh")
    number, amount = an_unpaid_policy(clerk)
    clerk.goto(f"{RECEIPTS}key/")
    clerk.fill("#id_policy_number", number)
    clerk.fill("#id_amount", "-1")
    clerk.fill("#id_channel_ref", "E2E-0001")
    clerk.click("main button.main")
    shoot(clerk, "receipt-refused")
    assert clerk.locator(".errors").is_visible()
    assert clerk.input_value("#id_policy_number") == number
    clerk.fill("#id_amount", amount)
    clerk.dblclick("main button.main")
    clerk.wait_for_url(re.compile(r"/billing/receipt/\d+/$"))
    address = clerk.url
    shoot(clerk, "receipt-entered")
    supervisor = visit("supervisor", lang="zh")
    supervisor.goto(address)
    supervisor.click("main .acts a.main")
    supervisor.click("main button.main")
    supervisor.wait_for_url(address)
    shoot(supervisor, "receipt-confirmed")
    assert supervisor.locator(".badge-good").first.is_visible()
    assert supervisor.locator("tbody tr").count() == 1


def test_a_bank_file_is_read_and_a_broken_one_names_its_cells(visit, shoot, tmp_path):
    page = visit("supervisor", lang="zh")
    number, amount = an_unpaid_policy(page)
    header = "交易流水号,保单号,交易日期,金额,币种,付款人\n"
    broken, good = tmp_path / "broken.csv", tmp_path / "good.csv"
    broken.write_text(f"{header}E2E-B1,{number},2026-99-99,abc,CNY,x\n", encoding="utf-8")
    good.write_text(f"{header}E2E-B1,{number},2026-11-22,{amount},CNY,x\n", encoding="utf-8")
    page.goto("/admin/billing/bankfile/upload/")
    page.set_input_files("#id_file", broken)
    page.click("main button.main")
    shoot(page, "bank-file-broken")
    assert "第 2 行" in page.inner_text(".errors")
    page.set_input_files("#id_file", good)
    page.click("main button.main")
    page.wait_for_url(re.compile(r"/billing/bankfile/\d+/$"))
    shoot(page, "bank-file-read")
    assert page.locator("tbody tr").count() == 1
    page.goto("/admin/billing/bankfile/upload/")
    page.set_input_files("#id_file", good)
    page.click("main button.main")
    assert page.locator(".errors").is_visible()


def test_a_masked_value_is_shown_for_a_purpose_and_leaves_the_page_again(visit, shoot):
    page = visit("supervisor", lang="en")
    page.goto("/admin/parties/party/")
    page.click("tbody th a")
    masked = page.url
    page.click("a.reveal >> nth=0")
    page.click("main button.main")
    assert page.locator(".errors").is_visible()
    page.select_option("#id_purpose", "customer_request")
    page.click("main button.main")
    value = page.inner_text(".revealed")
    shoot(page, "reveal")
    assert "*" not in value
    assert value not in page.url
    page.click("main a.button")
    page.wait_for_url(masked)
    assert value not in page.content()


def test_two_days_close_with_progress_on_the_page(visit, shoot):
    page = visit("supervisor", lang="en")
    page.goto(MONITOR)
    before = page.locator("main > .scroll tbody tr").count()
    page.goto(f"{MONITOR}close/")
    page.fill("#id_days", "2")
    page.click("button[name=dry_run]")
    shoot(page, "close-dry-run")
    assert page.locator("h3").count() == 2
    page.click("main button:not([name])")
    page.wait_for_url("**/run/?through=*")
    following = date.fromisoformat(page.url[-10:]) + timedelta(days=1)
    loads = []
    page.on("load", lambda: loads.append(page.url))
    page.wait_for_selector(f"text=Open business day: {following:%-d %b %Y}", timeout=60_000)
    page.wait_for_selector("[data-live]:not(:has([data-running]))", timeout=30_000)
    shoot(page, "closed")
    assert loads == [], "the page was loaded again"
    assert page.locator("main > .scroll tbody tr").count() == before + 2


def test_what_the_night_did_stands_on_the_policys_timeline(visit, shoot):
    page = visit("supervisor", lang="zh")
    page.goto("/admin/audit/event/?q=instalment.billed")
    page.goto("/admin/billing/instalment/?status=IN_GRACE")
    page.click("tbody tr:first-child th a")
    page.click(".highlights a")
    page.goto(f"{page.url}?tab=timeline")
    shoot(page, "timeline")
    assert page.locator(".timeline li").count() > 1


def test_the_sections_of_a_page_can_be_linked_and_the_contract_asked_for_on_any_day(visit, shoot):
    page = visit("supervisor", lang="en")
    page.goto("/admin/policies/policy/?product=TERM01&premium_status=PAYING")
    page.click("tbody th a")
    page.fill("#on", "2027-01-01")
    page.click("main form.as-of button")
    shoot(page, "as-of")
    assert "not today" in page.inner_text(".note-warn")


def test_a_notice_of_operations_stands_on_every_page(visit, shoot):
    operator = visit("system_admin", lang="zh")
    operator.goto("/admin/operations/banner/")
    shoot(operator, "health")
    assert operator.locator("#lights").is_visible()
    operator.click(".acts a >> nth=0")
    operator.fill("#id_text_zh", "今晚八点停机维护")
    operator.fill("#id_text_en", "Down for maintenance at eight")
    operator.click("main button.main")
    clerk = visit("policy_clerk", lang="zh")
    assert "今晚八点停机维护" in clerk.inner_text(".banner")
    assert "Down" in visit("policy_clerk", lang="en").inner_text(".banner")


def test_a_form_opened_before_a_colleagues_change_keeps_what_was_typed(visit, shoot):
    slow, quick = visit("supervisor", lang="en"), visit("supervisor", lang="en")
    slow.goto("/admin/policies/policy/?status=IN_FORCE")
    slow.click("tbody th a")
    address = f"{slow.url.split('?')[0]}place_hold/"
    for page, reason in ((slow, "What I typed."), (quick, "I was quicker.")):
        page.goto(address)
        page.fill("#id_reason", reason)
    quick.select_option("#id_kind", "pledge")
    slow.select_option("#id_kind", "dispute")
    for page in (quick, slow):
        page.click("main button.main")
    shoot(slow, "stale")
    assert "I was quicker." in slow.inner_text(".timeline")
    assert slow.input_value("#id_reason") == "What I typed."
    slow.click("main button.main")
    slow.wait_for_url(address.replace("place_hold/", ""))
