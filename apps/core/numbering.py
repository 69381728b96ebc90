"""Document numbers 单证号: prefix + two-digit year + sequence + check digit (codes §5.4). Unique, never reused."""

from datetime import date

from django.db import connection


def luhn_digit(digits: str) -> str:
    """The Luhn check digit of a string of decimal digits."""
    total = 0
    for position, char in enumerate(reversed(digits)):
        value = int(char) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def number(prefix: str, on: date, sequence: int) -> str:
    """``number("R", 2026-11-22, 17)`` → ``R26`` + eight digits + check digit."""
    body = f"{on:%y}{sequence:08d}"
    return f"{prefix}{body}{luhn_digit(body)}"


def next_number(prefix: str, on: date, sequence_name: str) -> str:
    """The next number of a PostgreSQL sequence; gaps are possible, repeats are not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass)", [sequence_name])
        return number(prefix, on, cursor.fetchone()[0])
