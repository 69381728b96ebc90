"""The people of the book 客户: names as they are borne, phones and ID numbers, so that there is somebody to look for.

Names come from the recipe of the demonstration book; of the numbers only the indexes are real.
"""

import random
from collections.abc import Iterator
from functools import cache
from uuid import UUID

from django.db import connection

from apps.imports.demo.recipe import Recipe, read_recipe
from apps.parties import rules, vault
from apps.parties.vault import IndexPurpose

NAMES = 20_011
STEP = 7919


def phone(n: int) -> str:
    return f"139{n:08d}"


def id_number(n: int) -> str:
    return f"1101011960{n:08d}"


@cache
def names() -> list[str]:
    """So many names, the common ones as often as they are borne; one in four has two single characters after it."""
    recipe: Recipe = read_recipe()
    dice, given = random.Random(20261122), [name for some in recipe.given_names.values() for name in some]
    surnames = dice.choices(list(recipe.surnames), weights=list(recipe.surnames.values()), k=NAMES)
    single = [name for name in given if len(name) == 1]
    return [
        surname + (dice.choice(given) if number % 4 else dice.choice(single) + dice.choice(single))
        for number, surname in enumerate(surnames)
    ]


def name_of(n: int) -> str:
    """How the n-th party is called."""
    return names()[n * STEP % NAMES]


def name_everybody(every: int = 1) -> None:
    """Give every party a name, with its initials; or every fifth, if that is enough."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE called (place integer PRIMARY KEY, name text, initials text)")
        with cursor.copy("COPY called FROM STDIN") as copy:
            for place, name in enumerate(names()):
                copy.write_row((place, name, rules.initials(name)))
        cursor.execute(
            """UPDATE parties_party p SET name = c.name, initials = c.initials
               FROM called c WHERE c.place = p.id * %s %% %s AND p.id %% %s = 0""",
            [STEP, NAMES, every],
        )
        cursor.execute("DROP TABLE called")


def number_everybody(every: int = 1) -> None:
    """Give every party a phone and a resident ID; or every fifth, if that is enough."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM parties_party WHERE id %% %s = 0 ORDER BY id", [every])
        ids = [row[0] for row in cursor.fetchall()]
        columns = "party_id, public_id, kind, value, value_index, tail_index, health"
        with cursor.copy(f"COPY parties_contact ({columns}) FROM STDIN") as copy:
            for n, row in _numbered(ids, IndexPurpose.PHONE):
                copy.write_row((n, UUID(int=n), "mobile", "sealed", *row, "good"))
        columns = "party_id, public_id, type, number, number_index, tail_index"
        with cursor.copy(f"COPY parties_identity ({columns}) FROM STDIN") as copy:
            for n, row in _numbered(ids, IndexPurpose.ID_NUMBER):
                copy.write_row((n, UUID(int=n), "111", "sealed", *row))


def _numbered(ids: list[int], purpose: IndexPurpose) -> Iterator[tuple[int, tuple[str, str]]]:
    number = phone if purpose is IndexPurpose.PHONE else id_number
    tails = [vault.tail_index(f"{tail:04d}", purpose) for tail in range(10_000)]
    for n in ids:
        text = number(n)
        yield n, (vault.index(text, purpose), tails[int(text[-4:])])
