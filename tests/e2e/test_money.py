"""Money out, many receipts at once, and a list taken out of the house: each by the persons it needs."""

import re

import openpyxl

from tests.e2e.axe import findings
from tests.e2e.journeys import ask_for_export, enter_receipt, press, unpaid_policies

RECEIPTS = "/admin/billing/receipt/"
PAYOUT = r"/billing/payout/\d+/$"


def do(page, act: str, leads_to: str = PAYOUT, **fields: str) -> None:
    """Open an act of the page one stands on, fill in its form, and send it."""
    page.click(f"main .acts a[href$='/{act}/']")
    for name, value in fields.items():
        page.fill(f"#id_{name}", value)
    press(page, leads_to)


def with_an_account(page, policies: list[tuple[str, str]]) -> tuple[str, str]:
    """The first of these policies whose holder has a bank account on file."""
    for number, owed in policies:
        page.goto(f"/admin/policies/policy/?q={number}")
        page.click("tbody th a")
        page.click(".highlights a[href*='/parties/party/']")
        if "银行" in page.inner_text("main"):
            return number, owed
    raise AssertionError("nobody has an account")


def test_money_in_suspense_goes_back_to_a_new_account_after_two_others_have_approved(visit, shoot):
    supervisor, clerk = visit("supervisor", lang="en"), visit("endorsement_clerk", lang="en")
    number, owed = with_an_account(clerk, unpaid_policies(supervisor, 8)[1:])
    keying = visit("renewal_clerk", lang="en")
    supervisor.goto(enter_receipt(keying, number, f"{float(owed) + 88:.2f}", "E2E-OVERPAID"))
    do(supervisor, "confirm", r"/billing/receipt/\d+/$")
    supervisor.click(".highlights a[href*='/policies/policy/']")
    policy = re.sub(r"\?.*", "", supervisor.url)
    clerk.goto(policy)
    do(clerk, "refund", reason="Paid too much.")
    assert "88.00" in clerk.inner_text(".highlights")
    assert clerk.locator("main .acts a[href$='/approve/']").count() == 0
    supervisor.goto(clerk.url)
    do(supervisor, "approve")
    assert supervisor.locator("main .acts a[href$='/send/']").count() == 0
    second = visit("supervisor2", lang="en")
    second.goto(clerk.url)
    do(second, "approve")
    supervisor.reload()
    do(supervisor, "send")
    do(supervisor, "paid", bank_ref="E2E-PAID-1")
    shoot(supervisor, "payout-paid")
    assert supervisor.locator("main .head .badge-good").is_visible()
    supervisor.goto(f"{policy}?tab=payouts")
    assert supervisor.locator("tbody tr").count() == 1


def test_many_receipts_are_confirmed_at_once_and_the_one_a_colleague_was_quicker_with_is_refused(visit, shoot):
    clerk, supervisor, quicker = (visit(who, lang="en") for who in ("renewal_clerk", "supervisor", "supervisor2"))
    addresses = [
        enter_receipt(clerk, number, amount, f"E2E-MANY-{number}") for number, amount in unpaid_policies(clerk, 6)[-3:]
    ]
    taken = clerk.inner_text("h1").split()[0]
    supervisor.goto(f"{RECEIPTS}?status=KEYED")
    for address in addresses:
        supervisor.check(f"input[name=ids][value='{address.rstrip('/').rpartition('/')[2]}']")
    supervisor.select_option("#bulk-act", "confirm")
    supervisor.click("#bulk button:not([name])")
    supervisor.wait_for_url("**/receipt/bulk/?*")
    shoot(supervisor, "bulk-preview")
    assert findings(supervisor) == []
    assert supervisor.locator("tbody tr").count() == len(addresses)
    quicker.goto(addresses[-1])
    do(quicker, "confirm", r"/billing/receipt/\d+/$")
    press(supervisor, r"/receipt/bulk/\?result=")
    shoot(supervisor, "bulk-result")
    assert findings(supervisor) == []
    assert supervisor.locator("tbody tr:has(.badge-good)").count() == len(addresses) - 1
    assert taken in supervisor.inner_text("tbody tr:has(.badge-bad)")
    with supervisor.expect_download() as download:
        supervisor.click("main a[href*='format=csv']")
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + len(addresses)
    assert sum(taken in line for line in lines) == 1


def test_a_list_is_exported_to_a_workbook_whose_numbers_are_text(visit, shoot):
    page = visit("supervisor", lang="en")
    page.goto(ask_for_export(page, "For the test."))
    shoot(page, "export-ready")
    page.click("main .acts a.main")
    with page.expect_download() as download:
        page.click("main .submit button.main")
    path = download.value.path()
    assert download.value.suggested_filename.endswith(".xlsx")
    rows = list(openpyxl.load_workbook(path.rename(path.with_suffix(".xlsx"))).active.iter_rows())
    assert len(rows) > 200
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s"}
