"""Checking 校验: the cells of one row become a ``Row`` with its standing, or are named as wrong, each by its column."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from apps.core.dates import MONTHS_BETWEEN_INSTALMENTS, Frequency, add_years, age_last_birthday
from apps.core.errors import Refusal
from apps.core.money import round_fen
from apps.parties.identifiers import ResidentId, parse_resident_id
from apps.parties.rules import RESIDENT_TYPES, read_identity
from apps.parties.states import ConsentPurpose, ContactKind, PartyKind, Sex
from apps.parties.values import NewBankAccount, NewContact, NewIdentity, NewParty
from apps.products.terms import Period

from .cells import DateStyle, Wrong
from .faults import Faults
from .fields import BENEFICIARIES, DATES, HOLDER, INSURED, PARTS, PERSONS, RIDERS, fields
from .mapping import BookMapping, Source
from .reading import Cells
from .references import References
from .riders import read_riders, wrong_riders
from .rows import Beneficiary, Row
from .rules import Standing, disagreements, standing

MONTHS_IN_A_YEAR = 12
WHOLE = Decimal(1)
AMOUNTS = tuple(
    f"{prefix}{part}" for prefix in ("", *(f"{rider}_" for rider in RIDERS)) for part in ("premium", "sum_assured")
)
CONTACTS = tuple(ContactKind.values)
Values = dict[str, Any]


class RowReader:
    """Reads the rows of one file, noting every wrong cell in ``faults``."""

    def __init__(
        self,
        mapping: BookMapping,
        references: References,
        cutover: date,
        faults: Faults,
        styles: Mapping[str, DateStyle] | None = None,
    ) -> None:
        """``styles`` are those of the date fields where the mapping leaves them to the file (``styles.py``)."""
        self.mapping, self.references, self.cutover, self.faults = mapping, references, cutover, faults
        known = fields(styles or dict.fromkeys(DATES, mapping.dates))
        self.sources = [(name, source, known[name]) for name, source in mapping.fields.items()]

    def read(self, number: int, key: str, cells: Cells) -> tuple[Row, Standing] | None:
        """The row and where it stands on the cut-over day, or nothing if a cell of it is wrong."""
        values = self._values(number, cells)
        if not key:
            self.faults.add(number, self.mapping.row_key, "import_value_missing")
        self._resolve(number, values)
        for name, code, params in wrong_riders(values, self.references):
            self._wrong(number, name, code, **params)
        self._set_amounts(number, values)
        self._make_up(number, key, cells, values)
        for prefix in PERSONS:
            if values.get(f"{prefix}_name"):
                self._read_person(number, prefix, values)
        if self.faults.of(number):
            return None
        row = _row(number, key, values, self.references)
        for name, code, params in disagreements(row, self.cutover, assume_paid=self.mapping.assume_paid):
            self._wrong(number, name, code, **params)
        if self.faults.of(number):
            return None
        return row, standing(row, self.cutover, assume_paid=self.mapping.assume_paid)

    def _wrong(self, number: int, name: str, code: str, **params: Any) -> None:
        self.faults.add(number, self.mapping.column_of(name), code, **params)

    def _values(self, number: int, cells: Cells) -> Values:
        """Every mapped field as a value; None where the row says nothing."""
        values: Values = {}
        for name, source, spec in self.sources:
            values[name] = None
            if not source.value and not cells[source.column] and not spec.required:
                continue
            try:
                if text := source.text(cells):
                    values[name] = spec.parse(text)
                elif spec.required:
                    self._wrong(number, name, "import_value_missing")
            except Wrong as wrong:
                self._wrong(number, name, wrong.code, **wrong.params)
        return values

    def _resolve(self, number: int, values: Values) -> None:
        """Codes become what they stand for."""
        product, start, frequency = values["product"], values["effective_on"], values["frequency"]
        branch, agent = values["branch"], values.get("agent")
        version = self.references.version(product, start) if product and start else None
        if product and start and version is None:
            known = product in self.references.products
            self._wrong(number, "product", "import_product_too_new" if known else "import_product_unknown")
        if version and frequency and Frequency(frequency) not in version.frequencies:
            self._wrong(number, "frequency", "product_frequency_not_offered", frequency=frequency)
        if branch and branch not in self.references.branches:
            self._wrong(number, "branch", "import_branch_unknown")
        if agent and agent not in self.references.agents:
            self._wrong(number, "agent", "import_agent_unknown")
        values |= {
            "frequency": frequency and Frequency(frequency),
            "product": version,
            "branch": self.references.branches.get(branch),
            "agent": self.references.agents.get(agent) if agent else None,
        }

    def _set_amounts(self, number: int, values: Values) -> None:
        """Amounts of the file become those of one instalment, in whole fen."""
        for name in AMOUNTS:
            if values.get(name) and values["frequency"]:
                values[name] = _amount(values[name], self.mapping.fields[name], values["frequency"])
                if not values[name]:
                    self._wrong(number, name, "import_amount_zero")

    def _make_up(self, number: int, key: str, cells: Cells, values: Values) -> None:
        """姓名与生日 for a file that has none, as its mapping says."""
        made = self.mapping.generated
        if made is None:
            return
        sex, band = values.get("holder_sex") or "", cells[made.age_column].strip()
        if band not in made.ages:
            self.faults.add(number, made.age_column, "import_value_unknown", allowed=", ".join(made.ages))
        elif sex not in made.given_names:
            self._wrong(number, "holder_sex", "import_value_missing")
        elif values["effective_on"]:
            values["holder_name"] = made.name(key, sex)
            values["holder_born_on"] = made.born_on(key, band, values["effective_on"])

    def _read_person(self, number: int, prefix: str, values: Values) -> None:
        """A person's document, and the birth date that holder and insured must have."""
        if not self._read_identity(number, prefix, values) or prefix in BENEFICIARIES:
            return
        born_on, start = values.get(f"{prefix}_born_on"), values["effective_on"]
        told_by = f"{prefix}_born_on" if f"{prefix}_born_on" in self.mapping.fields else f"{prefix}_id_number"
        if born_on is None:
            self._wrong(number, told_by, "import_value_missing")
        elif start and born_on > start:
            self._wrong(number, told_by, "import_born_after_start", start=start)

    def _read_identity(self, number: int, prefix: str, values: Values) -> bool:
        """The document's number in its one spelling, if it has one; a resident ID tells birth date and sex."""
        text, type_ = values.get(f"{prefix}_id_number"), values.get(f"{prefix}_id_type")
        if not text or not type_:
            if text:
                self._wrong(number, f"{prefix}_id_type", "import_value_missing")
            return True
        parsed: ResidentId | NewIdentity | Refusal
        if type_ in RESIDENT_TYPES:
            parsed = parse_resident_id(text, on=self.cutover)
        else:
            parsed = read_identity(NewIdentity(type_, text), kind=PartyKind.PERSON, on=self.cutover)
        if isinstance(parsed, Refusal):
            self._wrong(number, f"{prefix}_id_number", parsed.code, **parsed.params)
            return False
        values[f"{prefix}_id_number"] = parsed.number
        if isinstance(parsed, ResidentId):
            self._compare(number, prefix, parsed, values)
        return True

    def _compare(self, number: int, prefix: str, parsed: ResidentId, values: Values) -> None:
        """What the file says of birth date and sex must agree with the ID; what it does not say the ID tells."""
        for part, told in (("born_on", parsed.born_on), ("sex", str(parsed.sex))):
            name = f"{prefix}_{part}"
            if values.get(name) is None:
                values[name] = told
            elif values[name] != told:
                self._wrong(number, name, "import_disagrees_with_id")


def _amount(amount: Decimal, source: Source, frequency: Frequency) -> Decimal:
    """An amount of the file as one of ours: multiplied, and cut to one instalment if it is the year's."""
    amount *= source.times
    if source.yearly:
        amount /= MONTHS_IN_A_YEAR // MONTHS_BETWEEN_INSTALMENTS.get(frequency, MONTHS_IN_A_YEAR)
    return round_fen(amount)


def _row(number: int, key: str, values: Values, references: References) -> Row:
    holder = _party(HOLDER, values)
    insured = _party(INSURED, values) if values.get("insured_name") else None
    born_on = (insured or holder).born_on
    assert born_on is not None
    age = age_last_birthday(born_on, values["effective_on"])
    return Row(
        number=number,
        key=key,
        policy_number=values["policy_number"],
        product=values["product"],
        branch=values["branch"],
        agent=values["agent"],
        currency=values["currency"],
        frequency=values["frequency"],
        premium=values["premium"],
        sum_assured=values["sum_assured"],
        effective_on=values["effective_on"],
        policy_term=values["policy_term"],
        payment_term=values["payment_term"],
        ends_on=values.get("ends_on") or _term_end(values["policy_term"], values["effective_on"], age),
        premium_ends_on=values.get("premium_ends_on") or _term_end(values["payment_term"], values["effective_on"], age),
        paid_to=values.get("paid_to"),
        status=values.get("status") or "",
        suspended_on=values.get("suspended_on"),
        terminated_on=values.get("terminated_on"),
        termination_code=values.get("termination_code") or "",
        holder=holder,
        insured=insured,
        insured_relationship=values.get("insured_relationship") or "",
        beneficiaries=tuple(_beneficiaries(values)),
        riders=tuple(read_riders(values, references, age)),
    )


def _term_end(period: Period, start: date, age: int) -> date | None:
    years = period.years(age)
    return None if years is None else add_years(start, years)


def _beneficiaries(values: Values) -> Iterator[Beneficiary]:
    for prefix in BENEFICIARIES:
        if values.get(f"{prefix}_name"):
            yield Beneficiary(
                _party(prefix, values),
                values.get(f"{prefix}_relationship") or "99",
                values.get(f"{prefix}_share") or WHOLE,
                values.get(f"{prefix}_order") or 1,
            )


def _party(prefix: str, values: Values) -> NewParty:
    said: Values = {part: values.get(f"{prefix}_{part}") for part in PARTS}
    contacts = [NewContact(kind, said[kind]) for kind in CONTACTS if said[kind]]
    identities = [NewIdentity(said["id_type"], said["id_number"], said["id_valid_to"])] if said["id_number"] else []
    accounts = [NewBankAccount(said["bank"] or "", said["bank_account"])] if said["bank_account"] else []
    reminders = prefix == HOLDER and values.get("reminders") == "yes"
    return NewParty(
        name=said["name"],
        branch_id=values["branch"],
        born_on=said["born_on"],
        sex=said["sex"] or Sex.UNKNOWN,
        occupation_class=said["occupation_class"],
        agent_id=values["agent"],
        identities=tuple(identities),
        contacts=tuple(contacts),
        bank_accounts=tuple(accounts),
        consents=(ConsentPurpose.REMINDERS,) if reminders else (),
    )
