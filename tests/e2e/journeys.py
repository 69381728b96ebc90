"""Stretches of work that several browser tests walk."""

import re
from pathlib import Path

from playwright.sync_api import Page

RECEIPTS = "/admin/billing/receipt/"


def unpaid_policies(page: Page, count: int) -> list[tuple[str, str]]:
    """The numbers of policies in grace, each once, with the amount owed."""
    page.goto("/admin/billing/instalment/?status=IN_GRACE")
    owed: dict[str, str] = {}
    for row in page.locator("tbody tr").all():
        amount = re.sub(r"[^\d.]", "", row.locator("td").nth(4).inner_text())
        owed.setdefault(row.locator("th").inner_text().strip(), amount)
    return list(owed.items())[:count]


def an_unpaid_policy(page: Page) -> tuple[str, str]:
    """The first of them."""
    return unpaid_policies(page, 1)[0]


def enter_receipt(page: Page, number: str, amount: str, reference: str) -> str:
    """The address of the receipt, which waits for a second person."""
    page.goto(f"{RECEIPTS}key/")
    page.fill("#id_policy_number", number)
    page.fill("#id_amount", amount)
    page.fill("#id_channel_ref", reference)
    return press(page, r"/billing/receipt/\d+/$")


def press(page: Page, leads_to: str) -> str:
    """Send the form; the address it leads to."""
    page.click("main .submit button.main")
    page.wait_for_url(re.compile(leads_to))
    return page.url


def upload(page: Page, path: Path | str) -> str:
    page.goto("/admin/imports/upload/upload/")
    page.set_input_files("#id_file", path)
    page.click("main button.main")
    page.wait_for_url(re.compile(r"/imports/upload/\d+/(map/)?$"))
    return page.url


def ask_for_export(page: Page, note: str) -> str:
    """Ask for the policies one sees, as a workbook, and wait until a worker has written it."""
    page.goto("/admin/policies/policy/")
    page.click("main a[href*='/exports/export/ask/']")
    page.select_option("#id_format", "xlsx")
    page.select_option("#id_purpose", index=1)
    page.fill("#id_note", note)
    address = press(page, r"/exports/export/\d+/$")
    page.wait_for_selector("main .head .badge-good", timeout=60_000)
    return address


def close_a_day(page: Page) -> str:
    """Close the open day and wait for the end; the address of its run."""
    page.goto("/admin/operations/run/close/")
    page.fill("#id_days", "1")
    page.click("main button:not([name])")
    page.wait_for_url("**/run/?through=*")
    page.wait_for_selector("[data-live]:not(:has([data-running]))", timeout=90_000)
    return page.get_attribute("main > .scroll tbody tr th a", "href")
