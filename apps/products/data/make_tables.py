"""Computes the tables of the demo products from a synthetic mortality: ``python apps/products/data/make_tables.py``.

No real table and no real insurer's rates are used. Mortality follows Makeham's law, mu(x) = A + B c^x, in exact
decimals, so that every machine writes the same bytes. Premiums are net premiums with a proportional loading; cash
values are net premium reserves less the initial expenses not yet recovered, times the factor r of value-maths §4.3.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
MAKEHAM = {
    "1": (Decimal("0.00020"), Decimal("0.0000310"), Decimal("1.100")),
    "2": (Decimal("0.00012"), Decimal("0.0000105"), Decimal("1.108")),
}
LAST_AGE = 105
INTEREST = Decimal("0.02")
LOADING = {"S": Decimal("0.08"), "regular": Decimal("0.25")}
INITIAL_EXPENSE = {"S": Decimal("0.03"), "regular": Decimal("0.60")}
FLOOR_FACTOR = {"S": Decimal("0.9"), "regular": Decimal("0.8")}
PER = 1000
HEADER = (
    "# Synthetic demonstration table: no real mortality, no real insurer. Computed by make_tables.py.",
    "# Makeham mu(x) = A + B c^x; sex 1 (male) A=0.00020 B=0.0000310 c=1.100, "
    "sex 2 (female) A=0.00012 B=0.0000105 c=1.108; interest 2 % a year.",
)
TERM_PLANS = (
    ("10Y", "10Y", 18, 60),
    ("20Y", "10Y", 18, 55),
    ("20Y", "20Y", 18, 55),
    ("30Y", "20Y", 18, 45),
    ("30Y", "30Y", 18, 45),
    ("70A", "20Y", 18, 50),
)
WHOLE_LIFE_PLANS = tuple(("O", payment, 0, 60) for payment in ("S", "5Y", "10Y", "20Y", "O"))
MEDICAL_AGES = range(0, 81)
MEDICAL_CLAIM = Decimal(15000)
MEDICAL_INCIDENCE = (Decimal("0.005"), Decimal(8), Decimal("0.020"))
MEDICAL_LOADING = Decimal("0.35")

V = 1 / (1 + INTEREST)


@cache
def survival(sex: str, age: int) -> Decimal:
    """Probability that a life of this age lives another year; none lives beyond the last age."""
    if age >= LAST_AGE:
        return Decimal(0)
    a, b, c = MAKEHAM[sex]
    return (-a - b * c**age * (c - 1) / c.ln()).exp()


@cache
def insurance(sex: str, age: int, years: int) -> Decimal:
    """Present value of 1 at the end of the year of death within ``years``."""
    if not years:
        return Decimal(0)
    p = survival(sex, age)
    return V * (1 - p + p * insurance(sex, age + 1, years - 1))


@cache
def annuity(sex: str, age: int, years: int) -> Decimal:
    """Present value of 1 a year in advance for ``years`` while alive."""
    return 1 + V * survival(sex, age) * annuity(sex, age + 1, years - 1) if years else Decimal(0)


def years_of(period: str, age: int) -> int:
    match period[-1]:
        case "Y":
            return int(period[:-1])
        case "A":
            return int(period[:-1]) - age
        case "S":
            return 1
        case _:
            return LAST_AGE + 1 - age


def by_payment(parameters: dict[str, Decimal], payment: str) -> Decimal:
    return parameters.get(payment, parameters["regular"])


def gross_premium(sex: str, age: int, cover: int, paying: int, payment: str) -> Decimal:
    net = insurance(sex, age, cover) / annuity(sex, age, paying)
    return net / (1 - by_payment(LOADING, payment))


def cash_values(sex: str, age: int, cover: int, paying: int, payment: str) -> Iterator[Decimal]:
    """Cash value of 1 of sum assured at the end of each policy year, the year's premium paid.

    Who outlives the table is paid the sum assured.
    """
    net = insurance(sex, age, cover) / annuity(sex, age, paying)
    expense = by_payment(INITIAL_EXPENSE, payment) * gross_premium(sex, age, cover, paying, payment)
    floor, to_full = by_payment(FLOOR_FACTOR, payment), min(20, cover)
    for year in range(1, cover + 1):
        if age + year > LAST_AGE:
            yield Decimal(1)
            return
        left = annuity(sex, age + year, max(paying - year, 0))
        reserve = insurance(sex, age + year, cover - year) - net * left
        unrecovered = expense * left / annuity(sex, age, paying)
        factor = floor + (1 - floor) * min(year, to_full) / to_full
        yield factor * max(reserve - unrecovered, Decimal(0))


def money(value: Decimal) -> str:
    """Two places, without trailing zeros to keep the files small."""
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return format(rounded.normalize(), "f") if rounded else "0"


def keys(plans: Sequence[tuple[str, str, int, int]]) -> Iterator[tuple[str, int, str, str]]:
    for policy_term, payment_term, youngest, oldest in plans:
        for sex in MAKEHAM:
            for age in range(youngest, oldest + 1):
                yield sex, age, policy_term, payment_term


def write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    lines = [*HEADER, ",".join(columns), *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_life(folder: str, plans: Sequence[tuple[str, str, int, int]]) -> None:
    """Rates and cash values per 1,000 of sum assured."""
    factors = ("coverage", "sex", "age", "policy_term", "payment_term")
    rates, values, longest = [], [], 0
    for sex, age, policy_term, payment_term in keys(plans):
        cover, paying = years_of(policy_term, age), years_of(payment_term, age)
        key = ("C1", sex, str(age), policy_term, payment_term)
        rates.append((*key, money(PER * gross_premium(sex, age, cover, paying, payment_term))))
        row = [money(PER * value) for value in cash_values(sex, age, cover, paying, payment_term)]
        values.append((key, row))
        longest = max(longest, len(row))
    write(HERE / folder / "rates.csv", (*factors, "rate"), rates)
    years = tuple(str(year) for year in range(1, longest + 1))
    padded = ((*key, *row, *[""] * (longest - len(row))) for key, row in values)
    write(HERE / folder / "cash_values.csv", (*factors, *years), padded)


def medical_premium(sex: str, age: int) -> Decimal:
    """Expected claims of a year, loaded, in whole yuan: more of them for infants and with rising mortality."""
    base, multiple, infant = MEDICAL_INCIDENCE
    incidence = base + multiple * (1 - survival(sex, age)) + infant * (Decimal(-age) / 6).exp()
    return (incidence * MEDICAL_CLAIM / (1 - MEDICAL_LOADING)).quantize(Decimal(1), ROUND_HALF_UP)


def write_medical(folder: str) -> None:
    rates = [("C1", sex, str(age), str(medical_premium(sex, age))) for sex in MAKEHAM for age in MEDICAL_AGES]
    write(HERE / folder / "rates.csv", ("coverage", "sex", "age", "rate"), rates)


def main() -> None:
    write_life("term_life", TERM_PLANS)
    write_life("whole_life", WHOLE_LIFE_PLANS)
    write_medical("medical")


if __name__ == "__main__":
    main()
