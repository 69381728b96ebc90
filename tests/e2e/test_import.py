"""A book comes in through the browser: template, upload, two wrong cells corrected in place, import, policy page."""

import re

import pytest

from tests.e2e.journeys import upload

IMPORTS = "/admin/imports/upload/"


def filled_in(page, tmp_path, batch: str) -> str:
    """The template's example rows under numbers of our own, with 31 February and a phone that is none."""
    page.goto(f"{IMPORTS}upload/")
    with page.expect_download() as download:
        page.click("main a[href*='template/csv']")
    text = download.value.path().read_text(encoding="utf-8-sig")
    path = tmp_path / f"{batch}.csv"
    wrong = text.replace("示例", batch).replace("2020-03-15", "2020-02-31").replace("13800000002", "12345")
    path.write_text(wrong, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("lang", "width"), [("zh", 1280), ("en", 390)])
def test_two_wrong_cells_are_corrected_in_place_and_the_book_comes_in(visit, shoot, tmp_path, lang, width):
    page = visit("supervisor", lang=lang, width=width)
    address = upload(page, filled_in(page, tmp_path, f"E2E{lang}".upper()))
    page.wait_for_selector(".badge-warn", timeout=60_000)
    shoot(page, f"import-faulty-{lang}")
    page.goto(f"{address}correct/")
    assert page.locator("table.correct .why:not(:empty)").count() >= 2
    assert "12345" not in page.content()
    page.locator("tr:has-text('生效日期') input").first.fill("2020-03-15")
    page.locator("tr:has-text('投保人手机') input:not([type=checkbox])").first.fill("13800000002")
    shoot(page, f"import-correct-{lang}")
    page.keyboard.press("Enter")
    page.wait_for_url(address)
    page.wait_for_selector("main .head .badge-good", timeout=60_000)
    page.goto(f"{address}run/")
    page.click("main button.main")
    page.wait_for_url(address)
    page.wait_for_selector("main .path li:last-child.done", timeout=60_000)
    shoot(page, f"import-done-{lang}")
    page.click("main tbody tr:first-child th a")
    page.wait_for_url(re.compile(r"/policies/policy/\d+/"))
    assert f"E2E{lang}".upper() in page.inner_text("h1")


def test_a_file_that_is_none_is_refused_at_its_field(visit, tmp_path):
    page = visit("supervisor", lang="en")
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"%PDF-1.7\n%%EOF\n")
    page.goto(f"{IMPORTS}upload/")
    page.set_input_files("#id_file", path)
    page.click("main button.main")
    assert page.locator("#id_file_error").is_visible()
    page.wait_for_selector(".errors")


def test_unknown_columns_are_mapped_once(visit, shoot, tmp_path):
    page = visit("supervisor", lang="zh")
    path = tmp_path / "old.csv"
    path.write_text(
        "保单编号,险种代码,机构,交费方式,保费,保额,保险期间,缴费年限,起保日期,交至日,投保人,投保人生日,投保人性别\n"
        "OLD1,WHOLE01,864401,年交,1200,100000,O,20Y,2020/3/1,2027/3/1,王小明,1985-03-14,男\n",
        encoding="gb18030",
    )
    assert upload(page, path).endswith("/map/")
    shoot(page, "import-map")
    assert page.locator("td:has-text('王*')").count() == 1
    page.click("main button.main")
    page.wait_for_url(re.compile(r"/imports/upload/\d+/$"))
    page.wait_for_selector("main .head .badge-good", timeout=60_000)
    path.write_bytes(path.read_bytes().replace(b"OLD1", b"OLD2"))
    assert not upload(page, path).endswith("/map/")
