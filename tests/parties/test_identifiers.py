import csv
from datetime import date
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import SENTENCES, Refusal
from apps.parties.identifiers import (
    RESIDENT_ID_CHECK,
    RESIDENT_ID_WEIGHTS,
    BankCard,
    ResidentId,
    Sex,
    parse_bank_card,
    parse_email,
    parse_mobile,
    parse_resident_id,
    parse_uscc,
)

DATA = Path(__file__).parent.parent / "data"
ON = date(2026, 11, 22)
SEXES = {"M": Sex.MALE, "F": Sex.FEMALE}
FAULTS = {
    "len": {"resident_id_length"},
    "date": {"resident_id_birth_date"},
    "future": {"resident_id_born_in_future"},
    "check": {"resident_id_check_digit"},
    "digit": {"resident_id_check_digit"},
    "swap": {"resident_id_check_digit", "resident_id_birth_date", "resident_id_born_in_future"},
}


def vectors(name, **where):
    rows = csv.DictReader((DATA / f"{name}.csv").open(encoding="utf-8"))
    return [row for row in rows if where.items() <= row.items()]


def with_check_digit(first_17):
    total = sum(weight * int(digit) for weight, digit in zip(RESIDENT_ID_WEIGHTS, first_17, strict=True))
    return first_17 + RESIDENT_ID_CHECK[total % 11]


@pytest.mark.parametrize("row", vectors("cn_resident_id_vectors", valid="1"), ids=lambda row: row["id_number"])
def test_a_good_resident_id_gives_birth_date_and_sex(row):
    identity = parse_resident_id(row["id_number"], on=ON)
    assert identity == ResidentId(
        row["id_number"], date.fromisoformat(row["birth_date"]), SEXES[row["sex"]], warnings=()
    )


@pytest.mark.parametrize("row", vectors("cn_resident_id_vectors", valid="0"), ids=lambda row: row["id_number"])
def test_a_wrong_resident_id_is_refused_for_its_fault(row):
    refusal = parse_resident_id(row["id_number"], on=ON)
    assert isinstance(refusal, Refusal)
    assert refusal.code in FAULTS[row["error_kind_or_note"]]


def test_a_resident_id_is_read_however_it_was_typed():
    assert parse_resident_id(" 110105 19491231 002ｘ", on=ON).number == "11010519491231002X"


def test_a_letter_in_the_middle_is_refused():
    assert parse_resident_id("1101051949123100X2", on=ON) == Refusal("resident_id_characters")


def test_a_year_before_1900_is_refused():
    assert parse_resident_id(with_check_digit("11010518991231002"), on=ON) == Refusal("resident_id_birth_date")


def test_a_child_born_today_has_a_good_number_and_one_born_tomorrow_has_not():
    number = with_check_digit("11010520261122002")
    assert isinstance(parse_resident_id(number, on=date(2026, 11, 22)), ResidentId)
    assert parse_resident_id(number, on=date(2026, 11, 21)) == Refusal("resident_id_born_in_future")


@pytest.mark.parametrize("area", ["810000", "820000", "830000", "931156"])
def test_numbers_on_residence_permits_are_accepted(area):
    assert parse_resident_id(with_check_digit(f"{area}19900307001"), on=ON).warnings == ()


def test_an_unknown_area_is_only_a_warning():
    identity = parse_resident_id(with_check_digit("99010519491231002"), on=ON)
    assert identity.born_on == date(1949, 12, 31)
    assert identity.warnings == (Refusal("resident_id_area_unknown", {"area": "90"}),)


@given(st.sampled_from(vectors("cn_resident_id_vectors", valid="1")), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(row, place, shift):
    number = row["id_number"]
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert isinstance(parse_resident_id(wrong, on=ON), Refusal)


@pytest.mark.parametrize("row", vectors("cn_uscc_vectors"), ids=lambda row: row["uscc"])
def test_credit_codes_follow_the_vectors(row):
    expected = row["uscc"] if row["valid"] == "1" else Refusal("uscc_check_digit")
    assert parse_uscc(row["uscc"]) == expected


def test_a_department_may_be_a_letter():
    body = "N2110105MA0012345"
    assert [parse_uscc(body + last) for last in "0123456789ABCDEFGHJKLMNPQRTUWXY"].count(
        Refusal("uscc_check_digit")
    ) == 30


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("9143061", Refusal("uscc_length", {"length": 7})),
        ("91430611BI3B4D0LRK", Refusal("uscc_characters")),
        ("91ABCDEFBG3B4D0LRK", Refusal("uscc_characters")),
    ],
)
def test_a_malformed_credit_code_is_refused(code, refusal):
    assert parse_uscc(code) == refusal


@pytest.mark.parametrize("text", ["13812345678", "138 1234 5678", "+86 138-1234-5678", "１３８１２３４５６７８"])
def test_a_mobile_number_has_one_spelling(text):
    assert parse_mobile(text) == "+8613812345678"


@pytest.mark.parametrize(
    "text",
    ["", "12812345678", "1381234567", "138123456789", "010-65551234", "1381234abcd", "13812345678 ext 9"],
)
def test_what_is_not_a_mobile_number_is_refused(text):
    assert parse_mobile(text) == Refusal("mobile_number_invalid")


@given(st.from_regex(r"1[0-9]{10}", fullmatch=True))
def test_a_chinese_mobile_number_is_what_the_library_takes_for_one(digits):
    number = phonenumbers.parse(digits, "CN")
    mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    assert parse_mobile(digits) == (f"+86{digits}" if mobile else Refusal("mobile_number_invalid"))


def test_a_foreign_mobile_number_keeps_its_country():
    assert parse_mobile("+852 9123 4567") == "+85291234567"


@pytest.mark.parametrize("row", vectors("bank_card_luhn_vectors"), ids=lambda row: row["card_no_19"])
def test_a_card_failing_its_check_digit_is_only_warned_about(row):
    warnings = () if row["luhn_valid"] == "1" else (Refusal("bank_card_check_digit"),)
    assert parse_bank_card(row["card_no_19"]) == BankCard(row["card_no_19"], warnings)


@pytest.mark.parametrize("text", ["", "622202284815662", "62220228481566231834", "6222a22848156623183"])
def test_what_is_not_a_card_number_is_refused(text):
    assert parse_bank_card(text) == Refusal("bank_card_characters")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Zhang.San@Example.COM ", "Zhang.San@example.com"),
        ("a+b@mail.example.com.cn", "a+b@mail.example.com.cn"),
        ("张三@例子.公司", "张三@例子.公司"),
    ],
)
def test_an_email_address_keeps_its_mailbox_and_lowers_its_domain(text, address):
    assert parse_email(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "zhang",
        "@example.com",
        "zhang@localhost",
        "zhang@-example.com",
        "zhang@example..com",
        ".zhang@example.com",
        "zhang..san@example.com",
        "a@b@example.com",
        "zhang@example.com\nBcc: all@example.com",
        "Zhang <zhang@example.com>",
        "z" * 65 + "@example.com",
    ],
)
def test_what_is_not_an_email_address_is_refused(text):
    assert parse_email(text) == Refusal("email_invalid")


@pytest.mark.promise("P58")
def test_no_refusal_repeats_the_number_it_refuses():
    for row in vectors("cn_resident_id_vectors", valid="0"):
        refusal = parse_resident_id(row["id_number"], on=ON)
        assert refusal.code in SENTENCES
        assert row["id_number"] not in str(refusal.params)
