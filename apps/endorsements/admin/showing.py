"""A quote as people see it: the same sections for the maker's wizard, the checker's page and the case (P28, W10)."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.billing.states import PayoutKind
from apps.core.admin import Column, Compared, Fact, Facts, Note, Table, day, frequency, link, money, trace_words
from apps.core.admin.pages import Section
from apps.core.errors import Refusal
from apps.core.money import ZERO
from apps.core.values import from_json
from apps.endorsements import quotes, selectors, wording
from apps.policies import presenting
from apps.policies.comparing import difference_of
from apps.policies.models import Policy
from apps.policies.presenting import Line, Part
from apps.policies.terms import Coverage

Content = dict[str, Any]
DIFFERENCE = "difference of instalments"
VERDICTS = {
    "unchanged": _("Unchanged"),
    "repriced": _("Priced anew"),
    "conflict": _("In conflict"),
}

trace_words(
    {
        DIFFERENCE: _("Difference of the instalments"),
        "surrender §4.4": _("Surrender value"),
        "partial surrender §4.2": _("Cash value of the part given up"),
        "cash_value_before": _("Cash value before"),
        "cash_value_after": _("Cash value of what stays"),
        "valued_on": _("Valued on"),
    }
)


def sections(content: Content, *, settled: bool = False) -> list[Section]:
    """What a quote says, from what bars it to what becomes of later changes.

    ``settled``: underwriting has answered, or nothing is asked of it any more.
    """
    named = _named(content["policies"])
    shown: list[Section] = [*bars(content, settled=settled), figures(content), _days(content)]
    for policy in content["policies"]:
        shown += _of_policy(policy, named.get(policy["policy"], "") if len(content["policies"]) > 1 else "")
    return shown


def refusals(content: Content) -> list[Refusal]:
    """Everything that bars the case, each once; and later items that could not stand."""
    own = [each for item in items(content) for each in item["refusals"]]
    if any(impact["conflict"] for policy in content["policies"] for impact in policy["impacts"]):
        own.append({"code": "later_item_conflicts", "params": {}})
    return [quotes.refusal_of(each) for each in _once(own)]


def items(content: Content) -> Iterator[dict[str, Any]]:
    """The items of all policies, in their order."""
    return (item for policy in content["policies"] for item in policy["items"])


def papers(content: Content) -> list[str]:
    """一次性告知: the kinds of papers all items ask for, each once."""
    return list(dict.fromkeys(paper for item in items(content) for paper in item.get("papers", ())))


def signers_missing(content: Content, given: Iterable[str]) -> list[str]:
    """Who must still sign, by the alternative nearest to what is there."""
    missing: list[str] = []
    for item in items(content):
        lacking: list[list[str]] = [sorted(set(each) - set(given)) for each in item.get("signers", ())]
        missing += sorted(lacking, key=len)[0] if lacking else []
    return list(dict.fromkeys(missing))


def pays_out(content: Content) -> bool:
    return Decimal(content["refund"]) > ZERO or Decimal(content["paid_out"]) > ZERO


def changes(seen: Content, now: Content) -> Compared | None:
    """What differs between a quote somebody saw and the one that holds now; None if nothing does."""
    before, after = dict(_lines(seen)), dict(_lines(now))
    found = []
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old is None or new is None or old[1] != new[1]:
            label = (new or old or ("", ""))[0]
            kind = "added" if old is None else "removed" if new is None else "changed"
            found.append(Line(key, label, old[1] if old else "", new[1] if new else "", kind))
    if not found:
        return None
    parts = [Part(_now("What is decided upon"), "changed", tuple(found))]
    return Compared(_now("As you saw it"), _now("Now"), parts, _now("What differs from what you saw"))


def _lines(content: Content) -> Iterator[tuple[str, tuple[str, str]]]:
    """Every line somebody decides upon: where it stands, what it is called, what it says."""
    for name, label in (
        ("collect", _("To be paid now")),
        ("refund", _("Premium paid back")),
        ("paid_out", _("To be paid out")),
    ):
        yield name, (str(label), money(Decimal(content[name]), _currency(content)))
    for policy in content["policies"]:
        place, currency = policy["policy"], policy["currency"]
        yield f"{place} premium", (_now("Premium from then on"), money(Decimal(policy["premium_after"]), currency))
        for item in policy["items"]:
            told = wording.item(item["code"])
            yield f"{place} {item['code']} day", (f"{told}: {_now('Effective on')}", _day(item["effective_on"]))
            for part in presenting.parts(map(difference_of, item["differences"]), currency):
                for line in part.lines:
                    yield f"{place} {line.path}", (f"{part.title}: {line.label}", line.after)
        for impact in policy["impacts"]:
            name = _now("A later change")
            yield f"{place} impact {impact['item']}", (name, str(VERDICTS[impact["verdict"]]))


def bars(content: Content, *, settled: bool = False) -> list[Section]:
    """Everything that stands in the way, in words; and why an underwriter must answer first."""
    barred: list[Section] = [Note(wording.told(each), "bad") for each in refusals(content)]
    asked = [] if settled else _once([each for item in items(content) for each in item["referral"]])
    underwriting = _now("An underwriter answers first: {why}")
    return barred + [Note(underwriting.format(why=wording.told(quotes.refusal_of(each))), "warn") for each in asked]


def figures(content: Content) -> Facts:
    """Money now and later, each figure with how it came about (W6)."""
    currency = _currency(content)
    collect, refund, paid_out = (Decimal(content[name]) for name in ("collect", "refund", "paid_out"))
    due = [each for policy in content["policies"] for each in _difference(policy)]
    paid = [
        (str(PayoutKind(each["kind"]).label) + (f" {each['coverage']}" if each["coverage"] else ""), each["trace"])
        for item in items(content)
        for each in item["payments"]
    ]
    facts = [
        Fact(_("To be paid now"), money(collect, currency), derived=due if collect else ()),
        Fact(_("Premium paid back"), money(refund, currency), derived=due if refund else ()),
        Fact(_("To be paid out"), money(paid_out, currency), derived=paid),
        *(fact for policy in content["policies"] for fact in _from_then_on(policy)),
    ]
    return Facts(facts, _("What it costs and pays"))


def _from_then_on(policy: Content) -> list[Fact]:
    """Premium and sum assured before and after, each with how it came about."""
    currency = policy["currency"]
    before, after = (money(Decimal(policy[f"premium_{when}"]), currency) for when in ("before", "after"))
    often, oftener = (frequency(policy[f"frequency_{when}"]) for when in ("before", "after"))
    assured, raised = (money(Decimal(policy[f"sum_assured_{when}"]), currency) for when in ("before", "after"))
    priced = [(each["coverage"], each["trace"]) for each in policy.get("priced", ()) if each["trace"]]
    unchanged = _now("unchanged")
    was, was_assured = (
        _now("now {before}").format(before=f"{before} {often}"),
        _now("now {before}").format(before=assured),
    )
    same = (before, often) == (after, oftener)
    return [
        Fact(_("Premium from then on"), f"{after} {oftener}", unchanged if same else was, priced),
        Fact(_("Sum assured from then on"), raised, unchanged if assured == raised else was_assured),
    ]


def _difference(policy: Content) -> list[tuple[str, dict[str, Any]]]:
    """The premium difference as the sum of the instalments charged differently."""
    moved = {each["due_on"]: str(Decimal(each["after"]) - Decimal(each["before"])) for each in policy["charges"]}
    return [("", {"rule": DIFFERENCE, "result": policy["premium"], "inputs": moved})] if moved else []


def _days(content: Content) -> Table:
    currency = _currency(content)
    columns = [
        Column(_("Item"), lambda item: wording.item(item["code"])),
        Column(_("Effective on"), lambda item: _day(item["effective_on"])),
        Column(_("Why on this day"), lambda item: wording.why_then(item["code"])),
        Column(_("Premium difference"), lambda item: money(Decimal(item["premium"]), currency), numeric=True),
        Column(_("To be paid out"), lambda item: money(_paid_by(item), currency), numeric=True),
    ]
    return Table(columns, list(items(content)), _("Items"))


def _paid_by(item: Content) -> Decimal:
    return sum((Decimal(each["amount"]) for each in item["payments"]), ZERO)


def _of_policy(policy: Content, number: str) -> list[Section]:
    currency = policy["currency"]
    found = [difference_of(each) for item in policy["items"] for each in item["differences"]]
    same = [from_json(Coverage, each) for each in policy.get("untouched", ())]
    parts = (*presenting.parts(found, currency), *presenting.unchanged(same, currency))
    title = f"{_now('Before and after')} · {number}" if number else _now("Before and after")
    shown: list[Section] = [Compared(_now("Before"), _now("After"), parts, title)]
    if policy["charges"]:
        shown.append(_charges(policy["charges"], currency))
    if policy["impacts"]:
        shown.append(_impacts(policy["impacts"], currency))
    return shown


def _charges(charges: Sequence[Content], currency: str) -> Table:
    columns = [
        Column(_("Due on"), lambda each: _day(each["due_on"])),
        Column(_("Until"), lambda each: _day(each["until"])),
        Column(_("Charged until now"), lambda each: money(Decimal(each["before"]), currency), numeric=True),
        Column(_("Charged from now on"), lambda each: money(Decimal(each["after"]), currency), numeric=True),
    ]
    return Table(columns, charges, _("Instalments charged differently"))


def _impacts(impacts: Sequence[Content], currency: str) -> Table:
    known = selectors.items_by_id(each["item"] for each in impacts)
    columns = [
        Column(_("Later item"), lambda each: wording.item(known[each["item"]].code)),
        Column(_("Case"), lambda each: link(known[each["item"]].endorsement)),
        Column(_("Effective on"), lambda each: known[each["item"]].effective_on),
        Column(_("What becomes of it"), lambda each: VERDICTS[each["verdict"]]),
        Column(_("Premium difference"), lambda each: _moved(each, currency), numeric=True),
        Column(_("Why"), lambda each: " ".join(wording.told(quotes.refusal_of(why)) for why in each["conflict"])),
    ]
    return Table(columns, impacts, _("What becomes of later changes"))


def _moved(impact: Content, currency: str) -> str:
    before, after = (money(Decimal(impact[when]), currency) for when in ("before", "after"))
    return before if before == after else f"{before} → {after}"


def _named(policies: Sequence[Content]) -> dict[int, str]:
    if len(policies) < 2:
        return {}
    return dict(Policy.objects.filter(pk__in=[each["policy"] for each in policies]).values_list("pk", "number"))


def _once(listed: Iterable[Content]) -> list[Content]:
    return list({(each["code"], str(each["params"])): each for each in listed}.values())


def _currency(content: Content) -> str:
    return content["policies"][0]["currency"]


def _day(text: str | None) -> str:
    return day(parse_date(text) if text else None)
