"""The demonstration book 演示保单: rows of an invented portfolio, to be imported like anybody's.

Same recipe, day and size, same rows, whatever part of them is asked for: each block of rows is drawn by itself, so that
nothing is remembered from one to the next and several processes can make a large book. Due dates are spread evenly, so
that every night of the first weeks has something to bill, remind, put into grace and suspend.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from apps.core import numbering
from apps.core.dates import Frequency, age_last_birthday
from apps.imports.fields import MOST_RIDERS
from apps.parties.states import RelationshipCode, Sex
from apps.products.terms import ProductTerms

from .contracts import TERMINATED, Contract, Contracts
from .people import ADULT, Number, People, Person, Pool
from .recipe import Recipe

Cells = dict[str, str]
BLOCK = 500
PERSONS_OF_A_ROW = 2

FREQUENCIES = {
    Frequency.SINGLE: "趸缴",
    Frequency.ANNUAL: "年缴",
    Frequency.SEMI_ANNUAL: "半年缴",
    Frequency.QUARTERLY: "季缴",
    Frequency.MONTHLY: "月缴",
}
SHARES = {"1": ("1",), "2": ("0.5", "0.5"), "3": ("0.4", "0.3", "0.3")}
KIN = {
    RelationshipCode.SELF: (RelationshipCode.SPOUSE, RelationshipCode.CHILD, RelationshipCode.PARENT),
    RelationshipCode.SPOUSE: (RelationshipCode.SPOUSE, RelationshipCode.CHILD),
    RelationshipCode.CHILD: (RelationshipCode.PARENT,),
    RelationshipCode.PARENT: (RelationshipCode.CHILD,),
}


@dataclass(slots=True)
class Household:
    """家庭: a holder and those of the family who are insured already, by what they are to the holder."""

    holder: Person
    insured: dict[RelationshipCode, Person] = field(default_factory=dict)


class Book:
    """Makes the rows, block by block."""

    def __init__(
        self, recipe: Recipe, terms: Mapping[str, ProductTerms], agents: Mapping[str, Sequence[str]], today: date
    ) -> None:
        self.recipe, self.terms, self.agents, self.today = recipe, terms, agents, today
        self.offices = [office for office, weight in recipe.selling.items() for _ in range(weight)]
        Random(recipe.seed).shuffle(self.offices)

    def rows(self, size: int, first: int = 1) -> Iterator[Cells]:
        """The rows from ``first`` to ``size`` in the columns of ``mappings/demo.yaml``; ``first`` begins a block."""
        for start in range(first, size + 1, BLOCK):
            block = _Block(self, start)
            for sequence in range(start, min(start + BLOCK, size + 1)):
                yield block.row(sequence)

    def seller(self, sequence: int) -> tuple[str, int]:
        """The office that sold a row, and how many it sold before."""
        rounds, turn = divmod(sequence, len(self.offices))
        office = self.offices[turn]
        return office, rounds * self.recipe.selling[office] + self.offices[:turn].count(office)


class _Block:
    """The rows of one block, with dice of its own."""

    def __init__(self, book: Book, start: int) -> None:
        self.book, self.recipe = book, book.recipe
        self.dice = Random(f"{book.recipe.seed}/{start}")
        self.people = People(self.recipe, self.dice, book.today)
        self.contracts = Contracts(self.recipe, book.terms, self.dice, book.today)
        self.standings, self.kin = Pool(self.recipe.standings), Pool(self.recipe.insured)
        self.heirs, self.ages = Pool(self.recipe.beneficiaries), Pool(self.recipe.holder_ages)
        self.households: dict[str, list[Household]] = {}

    def row(self, sequence: int) -> Cells:
        standing = self.standings.draw(self.dice)
        office, before = self.book.seller(sequence)
        contract = self.contracts.draw(standing, sequence)
        while not (persons := self._persons(contract, office, sequence, before)):
            contract = self.contracts.draw(standing, sequence)
        holder, insured, relationship = persons
        agents = self.book.agents[office]
        agent = "" if self.people.chance(self.recipe.without_agent) else self.dice.choice(agents)
        return {
            "保单号": numbering.number(f"P{office}", contract.effective_on, sequence),
            "机构代码": office,
            "业务员工号": agent,
            **self._contract_cells(contract, insured),
            **_person_cells("投保人", holder),
            "开户行": holder.bank if holder.card else "",
            "银行账号": holder.card,
            "同意缴费提醒": "是" if self.people.chance(self.recipe.consenting) else "否",
            "被保险人关系": relationship,
            **_person_cells("被保险人", None if insured is holder else insured),
            **self._beneficiary_cells(relationship),
        }

    def _persons(
        self, contract: Contract, office: str, sequence: int, before: int
    ) -> tuple[Person, Person, RelationshipCode] | None:
        """Holder, insured and what the insured is to the holder; nothing if the insured's age does not fit."""
        ages, relationship = contract.sold.recipe.ages, RelationshipCode.SELF
        if ages.youngest < ADULT:
            relationship = RelationshipCode(self.kin.draw(self.dice))
        household, is_new = self._household(office, sequence, before)
        holder, insured = household.holder, household.holder
        if relationship != RelationshipCode.SELF:
            known = household.insured.get(relationship)
            insured = known or self._relative(holder, relationship, office, sequence, before)
        start = contract.effective_on
        if insured.born_on > start or age_last_birthday(holder.born_on, start) < ADULT:
            return None
        age = age_last_birthday(insured.born_on, start)
        oldest = min(contract.plan.max_age, ages.oldest)
        if not max(contract.plan.min_age, ages.youngest) <= age <= oldest:
            return None
        if insured is not holder:
            household.insured[relationship] = insured
        if is_new:
            self.households.setdefault(office, []).append(household)
        return holder, insured, relationship

    def _household(self, office: str, sequence: int, before: int) -> tuple[Household, bool]:
        """One that holds a policy already, or a new one."""
        known = self.households.get(office)
        if known and self.people.chance(self.recipe.second_policy):
            return self.dice.choice(known), False
        youngest, oldest = map(int, self.ages.draw(self.dice).split("-"))
        age, place = self.dice.randint(youngest, oldest), self.recipe.places[office]
        return Household(self.people.draw(place, _number(sequence, before, 0), age=age)), True

    def _relative(
        self, holder: Person, relationship: RelationshipCode, office: str, sequence: int, before: int
    ) -> Person:
        age, place = age_last_birthday(holder.born_on, self.book.today), self.recipe.places[office]
        number, surname = _number(sequence, before, 1), holder.name[0]
        match relationship:
            case RelationshipCode.CHILD:
                younger = max(0, age - self.dice.randint(22, 38))
                return self.people.draw(place, number, age=younger, surname=surname)
            case RelationshipCode.PARENT:
                return self.people.draw(place, number, age=age + self.dice.randint(22, 32), surname=surname)
            case _:
                other = Sex.MALE if holder.sex == Sex.FEMALE else Sex.FEMALE
                return self.people.draw(place, number, age=max(20, age + self.dice.randint(-5, 5)), sex=other)

    def _contract_cells(self, contract: Contract, insured: Person) -> Cells:
        age = age_last_birthday(insured.born_on, contract.effective_on)
        main, *riders = self.contracts.price(contract, insured, age)
        cells = {
            "产品代码": main.code,
            "保险期间": str(contract.plan.policy_term),
            "交费期间": str(contract.plan.payment_term),
            "缴费频率": FREQUENCIES[contract.frequency],
            "期交保费": str(main.premium),
            "基本保额": str(main.sum_assured),
            "生效日": str(contract.effective_on),
            "交至日": str(contract.paid_to or ""),
            **self._ending(contract),
        }
        for place in range(MOST_RIDERS):
            rider = riders[place] if place < len(riders) else None
            cells[f"附加险{place + 1}代码"] = rider.code if rider else ""
            cells[f"附加险{place + 1}保额"] = str(rider.sum_assured) if rider else ""
            cells[f"附加险{place + 1}期交保费"] = str(rider.premium) if rider else ""
        return cells

    def _ending(self, contract: Contract) -> Cells:
        if contract.standing != TERMINATED:
            return {"保单状态": "", "终止日": "", "终止原因": ""}
        ended_on, code = self.contracts.ending(contract)
        return {"保单状态": "终止", "终止日": str(ended_on), "终止原因": code}

    def _beneficiary_cells(self, relationship: RelationshipCode) -> Cells:
        """Named beneficiaries; none means the statutory heirs 法定."""
        shares = SHARES.get(self.heirs.draw(self.dice), ())
        cells: Cells = {}
        for position in (1, 2, 3):
            named = position <= len(shares)
            sex = self.dice.choice((Sex.MALE, Sex.FEMALE))
            cells[f"受益人{position}姓名"] = self.people.name(sex) if named else ""
            cells[f"受益人{position}关系"] = self.dice.choice(KIN[relationship]) if named else ""
            cells[f"受益人{position}份额"] = shares[position - 1] if named else ""
        return cells


def _number(sequence: int, before: int, person: int) -> Number:
    """The number of a row's holder (0) or relative (1)."""
    return Number(PERSONS_OF_A_ROW * sequence + person, PERSONS_OF_A_ROW * before + person)


def _person_cells(prefix: str, person: Person | None) -> Cells:
    """A resident ID tells birth date and sex, so that they need no columns."""
    return {
        f"{prefix}姓名": person.name if person else "",
        f"{prefix}身份证号": person.id_number if person else "",
        f"{prefix}证件有效期至": str(person.id_valid_to) if person else "",
        f"{prefix}手机": person.mobile if person else "",
        f"{prefix}邮箱": person.email if person else "",
        f"{prefix}地址": person.address if person else "",
        f"{prefix}职业类别": str(person.occupation_class) if person else "",
    }
