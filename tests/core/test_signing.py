"""Signatures as Standard Webhooks writes them: what others compute, and what is not to be believed."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import signing

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
OURS, NEXT, THEIRS = (signing.PREFIX + base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2, 3))


@pytest.mark.promise("P71")
def test_the_published_example_is_signed_as_published():
    secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    body = b'{"email":"test@example.com","username":"test_user"}'
    at = datetime.fromtimestamp(1649367553, UTC)
    assert signing.sign([secret], "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", at, body)[signing.SIGNATURE] == (
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
    )


@pytest.mark.promise("P71")
@given(body=st.binary(max_size=300), name=st.text("abcdef_0123456789", min_size=1, max_size=40))
def test_what_is_signed_is_believed_and_names_itself(body, name):
    assert signing.verify([OURS], signing.sign([OURS], name, NOW, body), body, NOW) == name


@pytest.mark.promise("P71")
def test_two_secrets_are_valid_while_one_replaces_the_other():
    both = signing.sign([OURS, NEXT], "m", NOW, b"x")
    assert signing.verify([NEXT], both, b"x", NOW) == "m"
    assert signing.verify([NEXT, OURS], signing.sign([OURS], "m", NOW, b"x"), b"x", NOW) == "m"


@pytest.mark.promise("P71")
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({signing.ID: "other"}, "signed by a stranger"),
        ({signing.TIMESTAMP: str(int(NOW.timestamp()) + 1)}, "signed by a stranger"),
        ({signing.TIMESTAMP: str(int(NOW.timestamp()) - 301)}, "too old or too early"),
        ({signing.TIMESTAMP: str(int(NOW.timestamp()) + 301)}, "too old or too early"),
        ({signing.TIMESTAMP: "²"}, "no time"),
        ({signing.TIMESTAMP: "-1"}, "no time"),
        ({signing.TIMESTAMP: "9" * 400}, "no time"),
        ({signing.SIGNATURE: ""}, "not signed"),
        ({signing.SIGNATURE: "v1," + "A" * 9000}, "not signed"),
        ({signing.SIGNATURE: "v2,xyz v1 v1,é"}, "signed by a stranger"),
    ],
)
def test_what_is_not_signed_just_now_by_somebody_we_know_is_refused(change, why):
    headers = signing.sign([OURS], "m", NOW, b"x") | change
    with pytest.raises(signing.SignatureRefused, match=why):
        signing.verify([OURS, NEXT], headers, b"x", NOW)


@pytest.mark.promise("P71")
def test_another_body_and_another_secret_are_refused():
    headers = signing.sign([THEIRS], "m", NOW, b"x")
    for secrets, body in (([OURS], b"x"), ([THEIRS], b"y"), ([], b"x")):
        with pytest.raises(signing.SignatureRefused):
            signing.verify(secrets, headers, body, NOW)
    assert signing.verify([THEIRS], headers, b"x", NOW + timedelta(minutes=5)) == "m"


@pytest.mark.parametrize("secret", ["whsec_short", "whsec_" + "A" * 8, "whsec_" + "A" * 200, "no base64!"])
def test_a_secret_that_keeps_nothing_is_refused(secret):
    with pytest.raises(ValueError, match="signing secret"):
        signing.key_of(secret)
