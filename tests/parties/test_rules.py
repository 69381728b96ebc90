"""What a new customer's data must be, and the one spelling it gets."""

from datetime import date

import pytest

from apps.core.errors import Refusal
from apps.parties.rules import initials, read_bank_account, read_contact, read_identity, read_party
from apps.parties.states import IdentityType, PartyKind, Sex
from apps.parties.values import NewBankAccount, NewContact, NewIdentity, NewParty

TODAY = date(2026, 11, 22)
WOMAN = "11010519491231002X"  # the worked example of GB 11643: 31 December 1949, female


def codes(refusals):
    return [refusal.code for refusal in refusals]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("张伟", "zw"), ("欧阳娜娜", "oynn"), ("Anna Li", "al"), ("张Peter", "zp"), ("O'Brien", "ob"), ("", "")],
)
def test_a_name_is_found_by_its_initials(name, expected):
    assert initials(name) == expected


def test_birth_date_and_sex_are_taken_from_the_resident_id():
    new = NewParty(name=" 张  伟 ", branch_id=1, identities=(NewIdentity("111", WOMAN.lower()),))
    read, refusals = read_party(new, on=TODAY)
    assert refusals == ()
    assert (read.name, read.born_on, read.sex) == ("张 伟", date(1949, 12, 31), Sex.FEMALE)
    assert read.identities[0].number == WOMAN


def test_birth_date_and_sex_must_agree_with_the_resident_id():
    new = NewParty(
        name="张伟", branch_id=1, born_on=date(1950, 1, 1), sex=Sex.MALE, identities=(NewIdentity("111", WOMAN),)
    )
    assert codes(read_party(new, on=TODAY)[1]) == ["identity_birth_date_differs", "identity_sex_differs"]


def test_everything_wrong_is_said_at_once_and_no_value_is_repeated():
    new = NewParty(
        name=" ",
        branch_id=1,
        born_on=date(2027, 1, 1),
        identities=(NewIdentity("111", "110105194912310021"),),
        contacts=(NewContact("mobile", "12345"), NewContact("email", "no-address"), NewContact("fax", "1")),
        bank_accounts=(NewBankAccount("", "6217000000000000"), NewBankAccount("ICBC", "62170")),
    )
    _, refusals = read_party(new, on=TODAY)
    assert codes(refusals) == [
        "resident_id_check_digit",
        "mobile_number_invalid",
        "email_invalid",
        "contact_kind_unknown",
        "bank_missing",
        "bank_card_characters",
        "party_name_malformed",
        "born_in_future",
    ]
    said = " ".join(map(str, refusals))
    assert not [value for value in ("110105194912310021", "12345", "no-address", "62170") if value in said]


@pytest.mark.parametrize(
    ("kind", "type", "number", "expected"),
    [
        (PartyKind.PERSON, "414", " e1234 5678 ", "E12345678"),
        (PartyKind.PERSON, "553", "ABC123456789012", "ABC123456789012"),
        (PartyKind.ORGANISATION, "03", "91350100M000100Y43", "91350100M000100Y43"),
        (PartyKind.ORGANISATION, "01", "12345678-9", "123456789"),
    ],
)
def test_other_documents_are_taken_in_one_spelling(kind, type, number, expected):
    assert read_identity(NewIdentity(type, number), kind=kind, on=TODAY).number == expected


@pytest.mark.parametrize(
    ("kind", "identity", "code"),
    [
        (PartyKind.PERSON, NewIdentity("03", "91350100M000100Y43"), "identity_type_unknown"),
        (PartyKind.ORGANISATION, NewIdentity("111", WOMAN), "identity_type_unknown"),
        (PartyKind.PERSON, NewIdentity("777", "1234"), "identity_type_unknown"),
        (PartyKind.PERSON, NewIdentity("414", "E1"), "identity_number_malformed"),
        (PartyKind.PERSON, NewIdentity("111", WOMAN, date(2026, 11, 21)), "identity_expired"),
    ],
)
def test_a_document_that_cannot_be_is_refused(kind, identity, code):
    read = read_identity(identity, kind=kind, on=TODAY)
    assert isinstance(read, Refusal)
    assert read.code == code


def test_a_document_is_valid_on_its_last_day():
    identity = NewIdentity(IdentityType.PASSPORT, "E12345678", TODAY)
    assert read_identity(identity, kind=PartyKind.PERSON, on=TODAY) == identity


def test_contacts_and_accounts_get_one_spelling():
    assert read_contact(NewContact("mobile", "138 1234 5678")).value == "+8613812345678"
    assert read_contact(NewContact("address", " 广东省深圳市  南山区1号 ")).value == "广东省深圳市 南山区1号"
    assert read_contact(NewContact("address", "  ")).code == "address_malformed"
    assert read_bank_account(NewBankAccount(" ICBC ", "6222 0212 3456 7890 128")) == NewBankAccount(
        "ICBC", "6222021234567890128"
    )
