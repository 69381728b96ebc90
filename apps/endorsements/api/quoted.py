"""Quotes 试算 in the API: what a case would do, policy by policy, with the ids of the API in place of our own."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from apps.core.api import Day, Id, Moment, Money, Row, Shape, Text
from apps.core.api.ids import write
from apps.core.api.shapes import Nested, Schema, moment, money
from apps.endorsements import selectors
from apps.endorsements.quotes import Content, refusal_of
from apps.parties import selectors as parties
from apps.policies import selectors as policies

from .members import ItemCode, Object, Texts, WhyNot, parsed, why_nots

PERSON = re.compile(r"(?<=^lives\[)\d+(?=\])|(?<=party=)\d+")
PEOPLE, ACCOUNTS = {"holder", "party"}, {"payment_account"}


class DifferenceShape(Shape):
    """One place where the contract differs afterwards."""

    path = Text(example="coverages[C1+2].premium")
    kind = Text("added, removed or changed.")
    before = Text(null=True)
    after = Text(null=True)


class PaymentShape(Shape):
    """Money paid out to the policyholder, and how it came about."""

    kind = Text(example="surrender")
    coverage = Text("Blank: of all coverages.")
    amount = Money()
    derivation = Object("Rule, inputs and result.")


class QuotedItem(Shape):
    """What one item does to one policy, and everything that bars it now."""

    item = Id("endorsement_item")
    code = ItemCode()
    effective_on = Day()
    premium = Money("Positive is paid by the customer, negative is paid back.")
    papers = Texts("What the customer must hand in.")
    differences = Nested(DifferenceShape)
    payments = Nested(PaymentShape)
    refusals = Nested(WhyNot, "What bars it now.")
    referral = Nested(WhyNot, "Why underwriting must answer first.")


class ChargeShape(Shape):
    """An instalment that is charged otherwise."""

    due_on = Day()
    until = Day(null=True)
    before = Money()
    after = Money()


class LaterItem(Shape):
    """What becomes of an item that is in effect already."""

    item = Id("endorsement_item")
    verdict = Text("unchanged, repriced or conflict.")
    before = Money()
    after = Money()
    conflict = Nested(WhyNot)


class QuotedPolicy(Shape):
    """What a case does to one policy."""

    policy = Id("policy")
    premium_before = Money("One instalment.")
    premium_after = Money("One instalment.")
    frequency_before = Text()
    frequency_after = Text()
    sum_assured_before = Money()
    sum_assured_after = Money()
    premium = Money("The difference over what is charged: positive is paid by the customer.")
    paid_out = Money()
    items = Nested(QuotedItem)
    charges = Nested(ChargeShape)
    later_items = Nested(LaterItem)


class QuoteShape(Shape):
    """A quote 试算: what is shown is what is posted, to the fen. ``digest`` is what an approval is upon."""

    digest = Text()
    quoted_at = Moment()
    expires_at = Moment()
    collect = Money("To be paid by the customer.", null=True)
    refund = Money("Premium paid back.", null=True)
    paid_out = Money("Beside a difference of premium.", null=True)
    policies = Nested(QuotedPolicy)


class QuoteMember(Nested):
    """The quote a case stands on; null while there is none."""

    def __init__(self, about: str = "") -> None:
        super().__init__(QuoteShape, about, many=False)
        self._columns = ("quote__content", "quote__digest", "quote__quoted_at", "quote__expires_at")

    def builder(self, plain: bool) -> Callable[..., Any]:
        def build(content: Any, digest: str | None, quoted_at: Any, expires_at: Any) -> Row | None:
            if digest is None:
                return None
            told = {"digest": digest, "quoted_at": moment(quoted_at), "expires_at": moment(expires_at)}
            return told | shown(parsed(content))

        return build

    def type_schema(self) -> Schema:
        return {"oneOf": [super().type_schema(), {"type": "null"}]}


def shown(content: Content) -> Row:
    """A quote's content as it goes out."""
    names, currency = Names(content), next((each["currency"] for each in content["policies"]), None)
    totals = {name: money(content[name], currency) if currency else None for name in ("collect", "refund", "paid_out")}
    return totals | {"policies": [_policy(each, names) for each in content["policies"]]}


class Names:
    """The public ids of everything a quote's content names by our own keys; one query for each kind."""

    def __init__(self, content: Content) -> None:
        found = content["policies"]
        items = [item for each in found for item in each["items"]]
        ids = {item["item"] for item in items} | {each["item"] for policy in found for each in policy["impacts"]}
        places = [place for item in items for place in item["differences"]]
        self.policies = _written("policy", policies.public_ids(each["policy"] for each in found))
        self.items = _written("endorsement_item", selectors.item_public_ids(ids))
        people = {int(key) for each in places for key in _people(each)}
        self.parties = _written("party", parties.public_ids(people)) if people else {}

    def value(self, path: str, value: Any) -> str | None:
        """A value of a difference as text; who it names by the id of the API."""
        if value is None:
            return None
        name = path.rpartition(".")[2]
        if name in PEOPLE:
            return self.parties[int(value)]
        if name in ACCOUNTS:
            return write("bank_account", parties.account_public_id(int(value)))
        return str(value)

    def path(self, path: str) -> str:
        return PERSON.sub(lambda key: self.parties[int(key[0])], path)


def _written(kind: str, found: dict[int, Any]) -> dict[int, str]:
    return {pk: write(kind, public_id) for pk, public_id in found.items()}


def _people(place: Content) -> Iterator[str]:
    yield from PERSON.findall(place["path"])
    if place["path"].rpartition(".")[2] in PEOPLE:
        yield from (str(each) for each in (place["before"], place["after"]) if each is not None)


def _policy(each: Content, names: Names) -> Row:
    def amount(value: str) -> Any:
        return money(value, each["currency"])

    return {
        "policy": names.policies[each["policy"]],
        **{f"{name}_{side}": amount(each[f"{name}_{side}"]) for name in ("premium", "sum_assured") for side in SIDES},
        **{f"frequency_{side}": each[f"frequency_{side}"] for side in SIDES},
        "premium": amount(each["premium"]),
        "paid_out": amount(each["paid_out"]),
        "items": [_item(item, names, amount) for item in each["items"]],
        "charges": [charge | {side: amount(charge[side]) for side in SIDES} for charge in each["charges"]],
        "later_items": [_later(impact, names, amount) for impact in each["impacts"]],
    }


SIDES = ("before", "after")


def _item(item: Content, names: Names, amount: Callable[[str], Any]) -> Row:
    return {
        "item": names.items.get(item["item"]),
        "code": item["code"].lower(),
        "effective_on": item["effective_on"],
        "premium": amount(item["premium"]),
        "papers": item.get("papers", []),
        "differences": list(_differences(item["differences"], names)),
        "payments": [
            {
                "kind": each["kind"],
                "coverage": each["coverage"],
                "amount": amount(each["amount"]),
                "derivation": each["trace"],
            }
            for each in item["payments"]
        ],
        "refusals": why_nots(map(refusal_of, item["refusals"])),
        "referral": why_nots(map(refusal_of, item["referral"])),
    }


def _differences(places: Iterable[Content], names: Names) -> Iterator[Row]:
    for each in places:
        sides = {side: names.value(each["path"], each[side]) for side in SIDES}
        yield {"path": names.path(each["path"]), "kind": each["kind"], **sides}


def _later(impact: Content, names: Names, amount: Callable[[str], Any]) -> Row:
    return {
        "item": names.items[impact["item"]],
        "verdict": impact["verdict"],
        **{side: amount(impact[side]) for side in SIDES},
        "conflict": why_nots(map(refusal_of, impact["conflict"])),
    }
