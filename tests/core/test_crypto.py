import os
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.crypto import DecryptionFailed, IndexPurpose, KeyRing, normalise

PLACE = "parties.identity.number.0b6f1c3e"
purposes = st.sampled_from(IndexPurpose)
typed = st.text("0123456789+-.@ aXZ０８Ｘ＋张")


def new_key():
    return b64encode(os.urandom(32)).decode()


def new_ring():
    return KeyRing.from_text(f"k1:{new_key()}", new_key())


RING = new_ring()


def rotated():
    """A ring, and the one that follows it with a new key in front."""
    old, index = f"k1:{new_key()}", new_key()
    return KeyRing.from_text(old, index), KeyRing.from_text(f"k2:{new_key()},{old}", index)


@pytest.mark.promise("P57")
@given(st.text(), st.text())
def test_what_is_sealed_opens_again_in_its_place(plaintext, place):
    assert RING.decrypt(RING.encrypt(plaintext, place), place) == plaintext


def test_the_same_value_is_never_sealed_twice_alike():
    assert RING.encrypt("13812345678", PLACE) != RING.encrypt("13812345678", PLACE)


@pytest.mark.promise("P57")
def test_old_values_stay_readable_after_a_change_of_key():
    before, after = rotated()
    token = before.encrypt("13812345678", PLACE)
    assert after.decrypt(token, PLACE) == "13812345678"
    assert after.encrypt("13812345678", PLACE).startswith("k2:")


@pytest.mark.promise("P57")
def test_a_change_of_key_leaves_the_blind_indexes_as_they_were():
    before, after = rotated()
    assert before.blind_index("13812345678", IndexPurpose.PHONE) == after.blind_index("13812345678", IndexPurpose.PHONE)


def test_a_key_that_is_not_in_the_ring_is_named():
    before, after = rotated()
    with pytest.raises(DecryptionFailed, match="'k2', which is not in the key ring"):
        before.decrypt(after.encrypt("secret", PLACE), PLACE)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda token: (new_ring(), token, PLACE), id="another key"),
        pytest.param(lambda token: (RING, token, PLACE + "1"), id="another place"),
        pytest.param(lambda token: (RING, token[:-8] + "AAAAAAAA", PLACE), id="altered"),
        pytest.param(lambda token: (RING, token[:-3], PLACE), id="cut off"),
        pytest.param(lambda token: (RING, "k1:", PLACE), id="empty"),
    ],
)
def test_what_does_not_fit_stays_closed_and_tells_nothing(spoil):
    ring, token, place = spoil(RING.encrypt("13812345678", PLACE))
    with pytest.raises(DecryptionFailed, match="does not open with key 'k1'") as failure:
        ring.decrypt(token, place)
    assert "138" not in str(failure.value)


def test_a_ring_does_not_print_its_keys():
    key, index_key = new_key(), new_key()
    printed = repr(KeyRing.from_text(f"k1:{key}", index_key))
    assert key not in printed
    assert index_key not in printed


@pytest.mark.parametrize(
    ("keys", "index_key", "sentence"),
    [
        ("", new_key(), "is written id:base64"),
        (new_key(), new_key(), "is written id:base64"),
        ("k1:c2hvcnQ=", new_key(), "key k1 is not 32 bytes of base64"),
        ("k1:?", new_key(), "key k1 is not 32 bytes of base64"),
        (f"k1:{new_key()},k1:{new_key()}", new_key(), "key k1 is in the key ring twice"),
        (f"k1:{new_key()}", "", "key of the blind indexes is not 32 bytes of base64"),
    ],
    ids=["empty", "without an id", "short", "not base64", "twice the same id", "no index key"],
)
def test_a_faulty_key_ring_is_refused_in_one_sentence(keys, index_key, sentence):
    with pytest.raises(ValueError, match=sentence):
        KeyRing.from_text(keys, index_key)


@given(typed, purposes)
def test_normalising_twice_changes_nothing_more(value, purpose):
    once = normalise(value, purpose)
    assert normalise(once, purpose) == once


@given(typed, purposes)
def test_a_blind_index_is_stable_under_normalisation(value, purpose):
    assert RING.blind_index(value, purpose) == RING.blind_index(normalise(value, purpose), purpose)


@pytest.mark.parametrize(
    ("purpose", "one", "other"),
    [
        (IndexPurpose.ID_NUMBER, "11010519491231002x", " 110105 19491231 002X"),
        (IndexPurpose.ID_NUMBER, "E12345678", "Ｅ１２３４５６７８"),
        (IndexPurpose.PHONE, "+86 138-1234-5678", "13812345678"),
        (IndexPurpose.PHONE, "008613812345678", "13812345678"),
        (IndexPurpose.BANK_ACCOUNT, "6222 0228 4815 6623 183", "6222022848156623183"),
        (IndexPurpose.EMAIL, "Zhang@Example.com ", "zhang@example.com"),
    ],
)
def test_one_value_is_found_however_it_was_typed(purpose, one, other):
    assert RING.blind_index(one, purpose) == RING.blind_index(other, purpose)


def test_each_purpose_and_each_ring_has_its_own_index():
    other = new_ring()
    indexes = {ring.blind_index("6222022848156623183", purpose) for ring in (RING, other) for purpose in IndexPurpose}
    assert len(indexes) == 2 * len(IndexPurpose)


def test_different_mailboxes_are_not_confused():
    assert RING.blind_index("a-b@example.com", IndexPurpose.EMAIL) != RING.blind_index(
        "ab@example.com", IndexPurpose.EMAIL
    )


def test_the_last_four_are_found_by_the_whole_number_and_by_themselves():
    whole = RING.last_four_index("138-1234-5678", IndexPurpose.PHONE)
    assert whole == RING.last_four_index("5678", IndexPurpose.PHONE)
    assert whole != RING.blind_index("5678", IndexPurpose.PHONE)
