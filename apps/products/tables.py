"""Tables of rates and cash values in CSV: one row per combination of rating facts, the same columns in any order.

Rates stand in a column ``rate``, cash values in columns 1, 2, 3 … for the end of each policy year.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product

from .decoding import Faults, number, scalar_fault, whole_number
from .states import Factor, RateBasis, TableKind
from .terms import Basis, Coverage, Plan, ProductTerms, Table, TableRow
from .values import Period

RATE_COLUMN, COVERAGE_COLUMN = "rate", "coverage"
SEXES = ("1", "2")
MOST_PLACES = 4
LAST_AGE_AT_RISK = 105
"""A risk charge follows the attained age, up to this one."""
YEAR = re.compile(r"[1-9][0-9]{0,2}")

Key = tuple[str, ...]


def read_tables(kind: TableKind, terms: ProductTerms, text: str, faults: Faults) -> dict[tuple[TableKind, str], Table]:
    """The table of each coverage that has one of this kind; every fault is noted."""
    lines = _lines(text, faults)
    if not lines:
        return {}
    reader = _TableReader(kind, terms, faults)
    if reader.read_header(*lines[0]):
        for line, cells in lines[1:]:
            reader.read_row(line, cells)
        reader.check_holes(lines[0][0])
    return {(kind, code): Table(rows) for code, rows in reader.rows.items()}


def _lines(text: str, faults: Faults) -> list[tuple[int, list[str]]]:
    """Line numbers and cells; blank lines and lines that begin with # are left out."""
    lines = []
    for line, content in enumerate(text.splitlines(), 1):
        if content.strip() and not content.startswith("#"):
            try:
                lines.append((line, [cell.strip() for cell in next(csv.reader([content], strict=True))]))
            except csv.Error as error:
                faults.add(line, "", "product_row_broken", problem=str(error))
    if not lines:
        faults.add(1, "", "product_table_empty")
    return lines


def expected_keys(coverage: Coverage, basis: Basis) -> dict[Key, Plan]:
    """Every key the table must hold so that no policy on offer, and no renewal of one, lacks its row."""
    keys: dict[Key, Plan] = {}
    for plan in coverage.plans:
        oldest = max(plan.max_age, coverage.renewable_to_age or 0)
        if basis.basis == RateBasis.RISK:
            oldest = LAST_AGE_AT_RISK
        domains: dict[Factor, list[str]] = {
            Factor.SEX: list(SEXES),
            Factor.AGE: [str(age) for age in range(plan.min_age, oldest + 1)],
            Factor.POLICY_TERM: [str(plan.policy_term)],
            Factor.PAYMENT_TERM: [str(plan.payment_term)],
            Factor.OCCUPATION_CLASS: [str(level) for level in range(1, coverage.max_occupation_class + 1)],
        }
        keys.update((key, plan) for key in product(*(domains[factor] for factor in basis.factors)))
    return keys


class _TableReader:
    """Reads the rows of one table file, noting every fault."""

    def __init__(self, kind: TableKind, terms: ProductTerms, faults: Faults) -> None:
        self.kind, self.faults = kind, faults
        bases = [(coverage, basis) for coverage in terms.coverages if (basis := coverage.basis(kind))]
        self.bases = {coverage.code: basis for coverage, basis in bases}
        self.expected = {coverage.code: expected_keys(coverage, basis) for coverage, basis in bases}
        self.factors = [factor for factor in Factor if any(factor in basis.factors for _, basis in bases)]
        self.rows: dict[str, dict[Key, TableRow]] = {code: {} for code in self.bases}
        self.header: list[str] = []
        self.value_columns: list[str] = []

    def read_header(self, line: int, cells: list[str]) -> bool:
        wanted = [COVERAGE_COLUMN, *self.factors]
        self.header = cells
        years = [cell for cell in cells if YEAR.fullmatch(cell)]
        self.value_columns = [RATE_COLUMN] if self.kind == TableKind.RATE else years
        before = len(self.faults)
        for column in dict.fromkeys(cells):
            if cells.count(column) > 1:
                self.faults.add(line, column, "product_column_repeated", column=column)
            elif column not in (*wanted, *self.value_columns):
                self.faults.add(line, column, "product_column_unknown", column=column)
        for column in (*wanted, *(self.value_columns or ["1"])):
            if column not in cells:
                self.faults.add(line, column, "product_column_missing", column=column)
        if years != [str(year) for year in range(1, len(years) + 1)]:
            self.faults.add(line, years[0], "product_years_not_in_order")
        return len(self.faults) == before

    def read_row(self, line: int, cells: list[str]) -> None:
        if len(cells) != len(self.header):
            self.faults.add(line, "", "product_row_length", expected=len(self.header), found=len(cells))
            return
        row = dict(zip(self.header, cells, strict=True))
        before = len(self.faults)
        code = row[COVERAGE_COLUMN]
        if code not in self.bases:
            self.faults.add(line, COVERAGE_COLUMN, "product_value_unknown", value=code)
            return
        key = tuple(self._key_cell(line, factor, row[factor]) for factor in self.bases[code].factors)
        values = tuple(self._values(line, row))
        if all(key):
            self._keep(line, code, key, values, complete=len(self.faults) == before)

    def _key_cell(self, line: int, factor: Factor, text: str) -> str:
        try:
            match factor:
                case Factor.AGE | Factor.OCCUPATION_CLASS:
                    return str(whole_number(text))
                case Factor.POLICY_TERM | Factor.PAYMENT_TERM:
                    return str(Period.parse(text))
            if text not in SEXES:
                raise ValueError(text)
            return text
        except ValueError:
            code, params = scalar_fault(text, "product_value_unknown")
            self.faults.add(line, factor, code, **params)
            return ""

    def _values(self, line: int, row: Mapping[str, str]) -> Iterator[Decimal]:
        """The values up to the last one filled in; an empty cell before it is a hole."""
        filled = [column for column in self.value_columns if row[column]]
        last = self.value_columns.index(filled[-1]) if filled else 0
        for column in self.value_columns[: last + 1]:
            if (value := self._value(line, column, row[column])) is not None:
                yield value

    def _value(self, line: int, column: str, text: str) -> Decimal | None:
        if not text:
            self.faults.add(line, column, "product_value_missing")
            return None
        try:
            value = number(text)
        except ValueError:
            code, params = scalar_fault(text, "product_not_a_number")
            self.faults.add(line, column, code, **params)
            return None
        if value < 0 or (value == 0 and self.kind == TableKind.RATE):
            negative = "product_rate_not_positive" if self.kind == TableKind.RATE else "product_value_negative"
            self.faults.add(line, column, negative, value=text)
        elif value != round(value, MOST_PLACES):
            self.faults.add(line, column, "product_too_many_decimals", value=text, places=MOST_PLACES)
        return value

    def _keep(self, line: int, code: str, key: Key, values: tuple[Decimal, ...], *, complete: bool) -> None:
        first_factor = self.bases[code].factors[0]
        plan = self.expected[code].get(key)
        if plan is None:
            self.faults.add(line, first_factor, "product_row_not_on_offer", key="/".join(key))
        elif key in self.rows[code]:
            first = self.rows[code][key].line
            self.faults.add(line, first_factor, "product_row_repeated", key="/".join(key), first=first)
        else:
            if complete:
                self._check_years(line, code, key, plan, len(values))
            self.rows[code][key] = TableRow(line, values)

    def _check_years(self, line: int, code: str, key: Key, plan: Plan, found: int) -> None:
        """A cash value for every policy year of the term; for life, as far as the table goes."""
        if self.kind == TableKind.RATE:
            return
        named = dict(zip(self.bases[code].factors, key, strict=True))
        years = plan.policy_term.years(int(named.get(Factor.AGE, plan.min_age)))
        if years is not None and found != years:
            self.faults.add(line, str(min(found, years) + 1), "product_years_incomplete", expected=years, found=found)

    def check_holes(self, header: int) -> None:
        """A row of the grid that is not there is reported where it should stand: after its predecessor."""
        value_column = self.value_columns[0]
        for code, keys in self.expected.items():
            line = header
            for key in keys:
                if row := self.rows[code].get(key):
                    line = row.line
                else:
                    self.faults.add(line + 1, value_column, "product_row_missing", key="/".join((code, *key)))
