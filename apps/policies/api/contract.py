"""What a contract says: its versions, and its terms on any day as known on any day (P18)."""

from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet

from apps.core.api import (
    Answer,
    Call,
    Day,
    Decimals,
    Id,
    List,
    Moment,
    Money,
    Number,
    Row,
    Shape,
    Text,
    a_day,
    operation,
)
from apps.core.api.ids import write
from apps.core.api.shapes import Nested, moment, money
from apps.core.clock import OFFICE_ZONE
from apps.parties import selectors as parties
from apps.parties.states import RelationshipCode, Sex
from apps.policies import selectors
from apps.policies.models import PolicyVersion
from apps.policies.terms import Beneficiary, Coverage, Terms

from .policies import OfPolicy

RELATIONSHIPS = {each.value: each.name.lower() for each in RelationshipCode}
SEXES = {each.value: each.name.lower() for each in Sex}


class PolicyVersionShape(Shape):
    """A version of the terms: what the contract says from a day on, as known since a moment."""

    model = PolicyVersion
    number = Number("Versions count from 1.")
    effective_on = Day("The terms hold from this day.")
    recorded_at = Moment("We have known them since this moment.")


@operation("GET", "policies/{policy}/versions")
class Versions(OfPolicy, List):
    """The versions of the contract's terms, newest first; ``as_of`` shows what one says."""

    summary = "List the versions of a policy"
    shape = PolicyVersionShape

    def rows(self, call: Call) -> QuerySet:
        return PolicyVersion.objects.filter(policy=self.policy(call))


class LifeShape(Shape):
    """The facts an insured life is rated by."""

    party = Id("party")
    born_on = Day()
    sex = Text()
    occupation_class = Number(null=True)


class CoverageTerms(Shape):
    """A coverage 险种 as the contract has it."""

    code = Text(example="C1")
    product = Text()
    product_version = Number("The version of the product it was priced with.")
    policy_term = Text("A period as the product writes it: 20Y, 70A (to that age), O (for life).", example="20Y")
    payment_term = Text("Likewise; S is a single premium.", example="10Y")
    sum_assured = Money()
    premium = Money("One instalment.")
    effective_on = Day()
    ends_on = Day(null=True)
    premium_ends_on = Day(null=True)


class BeneficiaryShape(Shape):
    """A beneficiary 受益人."""

    party = Id("party")
    share = Decimals("A fraction of the benefit order; the shares of an order sum to 1.", example="0.5")
    benefit_order = Number()
    relationship = Text("To the insured.", example="spouse")


class TermsShape(Shape):
    """The terms 保单条件. No beneficiaries means the heirs at law."""

    holder = Id("party")
    effective_on = Day()
    frequency = Text(example="annual")
    currency = Text(example="CNY")
    premium = Money("One instalment: the sum over the coverages.")
    lives = Nested(LifeShape)
    coverages = Nested(CoverageTerms)
    beneficiaries = Nested(BeneficiaryShape)


class PolicyAsOf(Shape):
    """The contract on a day, as known on a day."""

    policy = Id("policy")
    date = Day("The day asked for.")
    known_on = Day("As known at the end of this day; null for what is known now.", null=True)
    contract_version = Number("The version that holds.")
    recorded_at = Moment("When it was written.")
    terms = Nested(TermsShape, many=False)


@operation("GET", "policies/{policy}/as_of")
class AsOf(OfPolicy):
    """What the contract said on a day; with ``known_on``, as it was known on that day, before later corrections.

    Answers 404 for a day before the contract's first.
    """

    summary = "Read a policy as of a day"
    shape = PolicyAsOf
    parameters = (
        a_day("date", "The day the terms are asked for.", required=True),
        a_day("known_on", "What was known at the end of this day, by the office's clock."),
    )

    def perform(self, call: Call) -> Answer:
        on, known_on = call.query["date"], call.query.get("known_on")
        version, terms = selectors.version_on(self.policy(call), on, known_at=_end_of(known_on) if known_on else None)
        body = {
            "policy": write("policy", call.ids["policy"]),
            "date": on,
            "known_on": known_on,
            "contract_version": version.number,
            "recorded_at": moment(version.recorded_at),
            "terms": _shown(terms),
        }
        return Answer(body)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), OFFICE_ZONE)


def _shown(terms: Terms) -> Row:
    """The terms with the ids of the API in place of our own."""
    people = {terms.holder, *(life.party for life in terms.lives), *(each.party for each in terms.beneficiaries)}
    known = {pk: write("party", public_id) for pk, public_id in parties.public_ids(people).items()}
    return {
        "holder": known[terms.holder],
        "effective_on": terms.effective_on,
        "frequency": terms.frequency,
        "currency": terms.currency,
        "premium": money(str(terms.premium), terms.currency),
        "lives": [
            {
                "party": known[life.party],
                "born_on": life.born_on,
                "sex": SEXES[life.sex],
                "occupation_class": life.occupation_class,
            }
            for life in terms.lives
        ],
        "coverages": [_coverage(coverage, terms.currency) for coverage in terms.coverages],
        "beneficiaries": [_beneficiary(each, known) for each in terms.beneficiaries],
    }


def _coverage(coverage: Coverage, currency: str) -> Row:
    return {
        "code": coverage.code,
        "product": coverage.product,
        "product_version": coverage.version,
        "policy_term": coverage.policy_term,
        "payment_term": coverage.payment_term,
        "sum_assured": money(str(coverage.sum_assured), currency),
        "premium": money(str(coverage.premium), currency),
        "effective_on": coverage.effective_on,
        "ends_on": coverage.ends_on,
        "premium_ends_on": coverage.premium_ends_on,
    }


def _beneficiary(each: Beneficiary, known: dict[int, str]) -> Row:
    return {
        "party": known[each.party],
        "share": str(each.share),
        "benefit_order": each.benefit_order,
        "relationship": RELATIONSHIPS[each.relationship],
    }
