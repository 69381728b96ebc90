"""Computes the tables of the demo products from synthetic laws: ``python apps/products/data/make_tables.py``.

No real table and no real insurer's rates are used. Death, and illness or death, follow Makeham's law
mu(x) = A + B c^x in exact decimals, so that every machine writes the same bytes. Premiums are net premiums with a
proportional loading; cash values are net premium reserves less the initial expenses not yet recovered, times the factor
r of value-maths §4.3.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, partial
from pathlib import Path

HERE = Path(__file__).parent
SEXES = ("1", "2")
DEATH, ILLNESS = "death", "illness or death"
MAKEHAM = {
    (DEATH, "1"): (Decimal("0.00020"), Decimal("0.0000310"), Decimal("1.100")),
    (DEATH, "2"): (Decimal("0.00012"), Decimal("0.0000105"), Decimal("1.108")),
    (ILLNESS, "1"): (Decimal("0.00055"), Decimal("0.0000980"), Decimal("1.088")),
    (ILLNESS, "2"): (Decimal("0.00065"), Decimal("0.0000720"), Decimal("1.088")),
}
LAST_AGE = 105
INTEREST = Decimal("0.02")
PER = 1000
TERM_PLANS = (
    ("10Y", "10Y", 18, 60),
    ("20Y", "10Y", 18, 55),
    ("20Y", "20Y", 18, 55),
    ("30Y", "20Y", 18, 45),
    ("30Y", "30Y", 18, 45),
    ("70A", "20Y", 18, 50),
)
WHOLE_LIFE_PLANS = tuple(("O", payment, 0, 60) for payment in ("S", "5Y", "10Y", "20Y", "O"))
MEDICAL_INCIDENCE = (Decimal("0.005"), Decimal(8), Decimal("0.020"))
MEDICAL_LOADING = Decimal("0.35")
CRITICAL_ILLNESS_PLANS = (("O", "10Y", 0, 50), ("O", "20Y", 0, 50), ("O", "30Y", 0, 45))
ENDOWMENT_PLANS = (("10Y", "S", 0, 60), ("10Y", "3Y", 0, 60), ("15Y", "5Y", 0, 55), ("20Y", "10Y", 0, 50))
ANNUITY_PLANS = (("O", "S", 18, 55), ("O", "3Y", 18, 55), ("O", "5Y", 18, 55), ("O", "10Y", 18, 50))
ANNUITY_AGE, ANNUITY_GUARANTEED = 60, 20
INCREASING_PLANS = (("O", "S", 0, 65), ("O", "3Y", 0, 65), ("O", "5Y", 0, 65), ("O", "10Y", 0, 60))
INCREASE = Decimal("1.0175")
HOSPITAL_PLANS = (("10Y", "10Y", 18, 55), ("20Y", "10Y", 18, 50), ("20Y", "20Y", 18, 50), ("30Y", "30Y", 18, 45))
HOSPITAL_DAYS = (Decimal("0.35"), Decimal(12))
WAIVER_PLANS = (("3Y", "3Y", 18, 60), ("5Y", "5Y", 18, 60), ("10Y", "10Y", 18, 55), ("20Y", "20Y", 18, 50))
RIDER_LOADING = Decimal("0.35")
ACCIDENT_RATES = (Decimal("0.65"), Decimal("0.80"), Decimal("1.20"), Decimal("1.90"))


@dataclass(frozen=True)
class Expenses:
    """What a premium bears: ``loading`` of it in all, ``initial`` when the policy is sold; a cash value begins at the
    share ``floor`` of its reserve."""

    loading: Decimal
    initial: Decimal
    floor: Decimal


SINGLE = Expenses(Decimal("0.08"), Decimal("0.03"), Decimal("0.9"))
PROTECTION = Expenses(Decimal("0.25"), Decimal("0.60"), Decimal("0.8"))
SAVINGS = Expenses(Decimal("0.10"), Decimal("0.35"), Decimal("0.8"))

V = 1 / (1 + INTEREST)


@cache
def survival(law: str, sex: str, age: int) -> Decimal:
    """Probability that a life of this age stays as it is for another year; none does beyond the last age."""
    if age >= LAST_AGE:
        return Decimal(0)
    a, b, c = MAKEHAM[law, sex]
    return (-a - b * c**age * (c - 1) / c.ln()).exp()


@cache
def insurance(law: str, sex: str, age: int, years: int, growth: Decimal = Decimal(1)) -> Decimal:
    """Present value of 1, growing every year by ``growth``, at the end of the year of the event within ``years``."""
    if not years:
        return Decimal(0)
    p = survival(law, sex, age)
    return V * (1 - p + p * growth * insurance(law, sex, age + 1, years - 1, growth))


@cache
def annuity(law: str, sex: str, age: int, years: int) -> Decimal:
    """Present value of 1 a year in advance for ``years`` while nothing has happened."""
    return 1 + V * survival(law, sex, age) * annuity(law, sex, age + 1, years - 1) if years else Decimal(0)


@cache
def endowment(sex: str, age: int, years: int) -> Decimal:
    """Present value of 1 at the end of the year of death, or at the end of ``years`` to who is alive then."""
    if not years:
        return Decimal(1)
    p = survival(DEATH, sex, age)
    return V * (1 - p + p * endowment(sex, age + 1, years - 1))


@cache
def pension(sex: str, age: int) -> Decimal:
    """Present value of 1 a year for life from ``ANNUITY_AGE``, the first years of it whether alive or not."""
    if age < ANNUITY_AGE:
        return V * survival(DEATH, sex, age) * pension(sex, age + 1)
    guaranteed = max(ANNUITY_AGE + ANNUITY_GUARANTEED - age, 0)
    certain = (1 - V**guaranteed) / (1 - V)
    alive, after = Decimal(1), Decimal(0)
    for year in range(LAST_AGE + 1 - age):
        if year >= guaranteed:
            after += alive * V**year
        alive *= survival(DEATH, sex, age + year)
    return certain + after


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


@dataclass(frozen=True)
class Life:
    """One life on one plan: what its benefits are worth at the start (``worth(0)``) and after each policy year, per 1
    of sum assured, and what who outlives the table is paid (``last``)."""

    law: str
    sex: str
    age: int
    cover: int
    paying: int
    expenses: Expenses
    worth: Callable[[int], Decimal]
    last: Decimal = Decimal(1)

    @property
    def net_premium(self) -> Decimal:
        return self.worth(0) / annuity(self.law, self.sex, self.age, self.paying)

    @property
    def gross_premium(self) -> Decimal:
        return self.net_premium / (1 - self.expenses.loading)

    def cash_values(self) -> Iterator[Decimal]:
        """Cash value of 1 of sum assured at the end of each policy year, the year's premium paid."""
        expense = self.expenses.initial * self.gross_premium
        floor, to_full = self.expenses.floor, min(20, self.cover)
        for year in range(1, self.cover + 1):
            if self.age + year > LAST_AGE:
                yield self.last
                return
            left = annuity(self.law, self.sex, self.age + year, max(self.paying - year, 0))
            reserve = self.worth(year) - self.net_premium * left
            unrecovered = expense * left / annuity(self.law, self.sex, self.age, self.paying)
            factor = floor + (1 - floor) * min(year, to_full) / to_full
            yield factor * max(reserve - unrecovered, Decimal(0))


def dying(law: str, sex: str, age: int, cover: int, paying: int, expenses: Expenses) -> Life:
    """The sum assured at the event: term and whole life (death), critical illness."""
    return Life(law, sex, age, cover, paying, expenses, lambda year: insurance(law, sex, age + year, cover - year))


def saving(sex: str, age: int, cover: int, paying: int, expenses: Expenses) -> Life:
    """The sum assured at death or at the end of the term."""
    return Life(DEATH, sex, age, cover, paying, expenses, lambda year: endowment(sex, age + year, cover - year))


def growing(sex: str, age: int, cover: int, paying: int, expenses: Expenses) -> Life:
    """At death the sum assured, grown every year."""
    return Life(
        DEATH,
        sex,
        age,
        cover,
        paying,
        expenses,
        lambda year: INCREASE**year * insurance(DEATH, sex, age + year, cover - year, INCREASE),
        INCREASE ** (cover - 1),
    )


def retiring(sex: str, age: int, cover: int, paying: int, expenses: Expenses) -> Life:
    """The sum assured every year from ``ANNUITY_AGE``."""
    return Life(DEATH, sex, age, cover, paying, expenses, lambda year: pension(sex, age + year), Decimal(0))


def money(value: Decimal) -> str:
    """Two places, without trailing zeros to keep the files small."""
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return format(rounded.normalize(), "f") if rounded else "0"


Plans = Sequence[tuple[str, str, int, int]]


def keys(plans: Plans) -> Iterator[tuple[str, int, str, str]]:
    for policy_term, payment_term, youngest, oldest in plans:
        for sex in SEXES:
            for age in range(youngest, oldest + 1):
                yield sex, age, policy_term, payment_term


def write(path: Path, law: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    header = ["# Synthetic demonstration table: no real mortality, no real insurer. Computed by make_tables.py."]
    if law:
        named = {"1": "male", "2": "female"}
        sexes = ", ".join(
            f"sex {sex} ({named[sex]}) A={a} B={b} c={c}" for (of, sex), (a, b, c) in MAKEHAM.items() if of == law
        )
        header.append(f"# Makeham mu(x) = A + B c^x{_of(law)}; {sexes}; interest 2 % a year.")
    lines = [*header, ",".join(columns), *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _of(law: str) -> str:
    return "" if law == DEATH else f" of {law}"


LIFE_FACTORS = ("coverage", "sex", "age", "policy_term", "payment_term")
Kind = Callable[[str, int, int, int, Expenses], Life]


def write_life(
    folder: str, law: str, plans: Plans, kind: Kind, expenses: Expenses, *, by_premium: bool = False
) -> None:
    """Rates and cash values per 1,000 of sum assured; where it is sold by premium, the sum assured per 1,000 of premium
    and its cash values."""
    rates, values, longest = [], [], 0
    for sex, age, policy_term, payment_term in keys(plans):
        cover, paying = years_of(policy_term, age), years_of(payment_term, age)
        life = kind(sex, age, cover, paying, SINGLE if payment_term == "S" else expenses)
        per = PER / life.gross_premium if by_premium else Decimal(PER)
        key = ("C1", sex, str(age), policy_term, payment_term)
        rates.append((*key, money(per if by_premium else PER * life.gross_premium)))
        row = [money(per * value) for value in life.cash_values()]
        values.append((key, row))
        longest = max(longest, len(row))
    write(HERE / folder / "rates.csv", law, (*LIFE_FACTORS, "rate"), rates)
    years = tuple(str(year) for year in range(1, longest + 1))
    padded = ((*key, *row, *[""] * (longest - len(row))) for key, row in values)
    write(HERE / folder / "cash_values.csv", law, (*LIFE_FACTORS, *years), padded)


def hospital_premium(sex: str, age: int, cover: int, paying: int) -> Decimal:
    """Premium for 1 a day: expected days in hospital rise with mortality."""
    base, multiple = HOSPITAL_DAYS
    worth, alive = Decimal(0), Decimal(1)
    for year in range(cover):
        p = survival(DEATH, sex, age + year)
        worth += alive * V**year * (base + multiple * (1 - p))
        alive *= p
    return worth / annuity(DEATH, sex, age, paying)


def waiver_premium(sex: str, age: int, cover: int, paying: int) -> Decimal:
    """Premium for waiving 1 a year from the premium after the illness on."""
    worth, well = Decimal(0), Decimal(1)
    for year in range(paying - 1):
        p = survival(ILLNESS, sex, age + year)
        left = (1 - V ** (paying - 1 - year)) / (1 - V)
        worth += well * (1 - p) * V ** (year + 1) * left
        well *= p
    return worth / annuity(ILLNESS, sex, age, paying)


def write_rider(
    folder: str, coverage: str, law: str, plans: Plans, per: int, price: Callable[[str, int, int, int], Decimal]
) -> None:
    rates = [
        (coverage, sex, str(age), policy_term, payment_term, money(per * value / (1 - RIDER_LOADING)))
        for sex, age, policy_term, payment_term in keys(plans)
        for value in [price(sex, age, years_of(policy_term, age), years_of(payment_term, age))]
    ]
    write(HERE / folder / "rates.csv", law, (*LIFE_FACTORS, "rate"), rates)


def medical_premium(sex: str, age: int, claim: Decimal) -> Decimal:
    """Expected claims of a year, loaded, in whole yuan: more of them for infants and with rising mortality."""
    base, multiple, infant = MEDICAL_INCIDENCE
    incidence = base + multiple * (1 - survival(DEATH, sex, age)) + infant * (Decimal(-age) / 6).exp()
    return (incidence * claim / (1 - MEDICAL_LOADING)).quantize(Decimal(1), ROUND_HALF_UP)


def write_by_age(folder: str, oldest: int, price: Callable[[str, int], Decimal]) -> None:
    rates = [("C1", sex, str(age), money(price(sex, age))) for sex in SEXES for age in range(oldest + 1)]
    write(HERE / folder / "rates.csv", DEATH, ("coverage", "sex", "age", "rate"), rates)


def main() -> None:
    write_life("term_life", DEATH, TERM_PLANS, partial(dying, DEATH), PROTECTION)
    write_life("whole_life", DEATH, WHOLE_LIFE_PLANS, partial(dying, DEATH), PROTECTION)
    write_life("critical_illness", ILLNESS, CRITICAL_ILLNESS_PLANS, partial(dying, ILLNESS), PROTECTION)
    write_life("endowment", DEATH, ENDOWMENT_PLANS, saving, SAVINGS)
    write_life("increasing_whole_life", DEATH, INCREASING_PLANS, growing, SAVINGS, by_premium=True)
    write_life("annuity", DEATH, ANNUITY_PLANS, retiring, SAVINGS, by_premium=True)
    write_rider("hospital_cash", "HOSP", DEATH, HOSPITAL_PLANS, 10, hospital_premium)
    write_rider("premium_waiver", "WAIVER", ILLNESS, WAIVER_PLANS, PER, waiver_premium)
    write_by_age("medical", 80, lambda sex, age: medical_premium(sex, age, Decimal(15000)))
    write_by_age("high_limit_medical", 100, lambda sex, age: medical_premium(sex, age, Decimal(9000)))
    write_by_age("universal_account", LAST_AGE, lambda sex, age: PER * (1 - survival(DEATH, sex, age)))
    classes = [("C1", str(level), money(rate)) for level, rate in enumerate(ACCIDENT_RATES, 1)]
    write(HERE / "accident" / "rates.csv", "", ("coverage", "occupation_class", "rate"), classes)


if __name__ == "__main__":
    main()
