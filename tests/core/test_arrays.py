"""Lists reach the database as the arrays they are, whatever is in them."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection

LISTS = {
    "bigint": [1, -2, 2**62],
    "numeric": [Decimal("0.01"), Decimal("-1E+3"), Decimal("100.00")],
    "date": [date(2026, 2, 28), date(1, 1, 1)],
    "uuid": [UUID(int=0), UUID(int=2**128 - 1)],
    "text": ["", "NULL", 'a,"b"', "{}", "back\\slash", "张 三"],
}


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "values"), LISTS.items())
def test_a_list_comes_back_as_it_went(kind, values):
    assert came_back(kind, values) == values


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "values"), LISTS.items())
def test_a_list_may_hold_nothing_or_gaps(kind, values):
    assert came_back(kind, []) == []
    assert came_back(kind, [None, *values]) == [None, *values]


@pytest.mark.django_db
def test_truth_is_no_number():
    assert came_back("boolean", [True, False]) == [True, False]


def came_back(kind, values):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [values])
        return cursor.fetchone()[0]
