"""How long a list may be to be taken out."""

import pytest

from apps.exports.rules import Way, way


@pytest.mark.parametrize(
    ("rows", "own_limit", "expected"),
    [
        (0, 500, Way.NOTHING),
        (1, 500, Way.AT_ONCE),
        (500, 500, Way.AT_ONCE),
        (501, 500, Way.WITH_APPROVAL),
        (50_000, 500, Way.WITH_APPROVAL),
        (50_001, 500, Way.TOO_MANY),
        (50_000, None, Way.AT_ONCE),
        (50_001, None, Way.TOO_MANY),
        (1, 0, Way.WITH_APPROVAL),
    ],
)
def test_the_way_of_an_export_follows_from_its_rows(rows, own_limit, expected):
    assert way(rows, own_limit, 50_000) is expected
