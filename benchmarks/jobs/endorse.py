"""A policy of thirty years with many endorsements: what a quote and a replay cost, and how many changes a second."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from statistics import quantiles

from apps.accounts import services as accounts
from apps.core.context import Context, job
from apps.core.dates import add_months, add_years
from apps.core.values import to_json
from apps.endorsements import rules, selectors
from apps.endorsements import services as endorsements
from apps.endorsements.base import TYPES
from apps.endorsements.models import Endorsement, EndorsementItem
from apps.endorsements.pricing import price
from apps.endorsements.rules import Timeline, replay, total
from apps.endorsements.states import Signer
from apps.parties import services as parties
from apps.parties.states import Sex
from apps.policies import services as policies
from apps.policies.models import Policy
from apps.policies.terms import Beneficiary, Coverage, Life, Terms
from apps.products import selectors as products
from apps.products import services as product_services
from benchmarks.due import NIGHT
from benchmarks.meter import Meter

BEGAN = add_years(NIGHT, -30)
AT = datetime(2000, 1, 1, tzinfo=UTC)
Figures = dict[str, float]


def run(meter: Meter, *, items: int, quotes: int, changes: int) -> Figures:
    system = job("benchmark", NIGHT)
    product_services.load_products(system)
    branch = accounts.create_branch(system, code="86", name="Head office")
    maker, checker = (
        accounts.install_user(
            system, username=role, name=role, branch_id=branch.pk, roles=[role], password="long-enough-1"
        )
        for role in ("endorsement_clerk", "supervisor")
    )
    made, checked = (Context(user.actor, NIGHT, person=user.person) for user in (maker, checker))
    long_one = _policy(system, branch.pk, 0)
    _history(made, long_one, items)
    with meter:
        figures = _quotes(made, long_one, quotes) | _replays(long_one, items)
        figures["applied"] = _applied(made, checked, [_policy(system, branch.pk, n) for n in range(1, changes + 1)])
    return figures


def _policy(ctx: Context, branch_id: int, n: int) -> Policy:
    person = parties.register_person(
        ctx, name=f"客户{n}", branch_id=branch_id, born_on=date(1970, 5, 17), sex=Sex.FEMALE
    )
    version = products.version_in_force("WHOLE01", NIGHT).number
    cover = Coverage("C1", "WHOLE01", version, "O", "O", Decimal(5_000_000), Decimal(0), BEGAN, None, None)
    terms = Terms(person.pk, (Life(person.pk, person.born_on, person.sex, 1),), (cover,), "monthly", "CNY", BEGAN)
    priced = replace(cover, premium=price(terms, cover, selectors.product).amount)
    return policies.issue(
        ctx,
        number=f"B{n:09d}",
        terms=replace(terms, coverages=(priced,)),
        branch_id=branch_id,
        paid_to=add_months(NIGHT, 1),
    )


def _history(ctx: Context, policy: Policy, items: int) -> None:
    """Items that stand, one every few months: by turns less sum assured and other beneficiaries."""
    case = endorsements.create(ctx, policy_id=policy.pk, items=[("SURRENDER", {"loss_understood": True})])
    Endorsement.objects.filter(pk=case.pk).update(received_at=AT)
    rows = []
    for n in range(items):
        code, change = _change(policy, n)
        on = add_months(BEGAN, 5 * (n + 1))
        rows.append(
            EndorsementItem(
                endorsement=case,
                policy=policy,
                position=n + 1,
                code=code,
                change=to_json(change),
                effective_on=on,
                applied_on=on,
                applied_at=AT,
            )
        )
    EndorsementItem.objects.bulk_create(rows)


def _change(policy: Policy, n: int):
    if n % 2:
        return "BENEFICIARY_CHANGE", TYPES["BENEFICIARY_CHANGE"].Change((Beneficiary(policy.holder_id, Decimal(1)),))
    return "SUM_ASSURED_DECREASE", TYPES["SUM_ASSURED_DECREASE"].Change(Decimal(4_990_000 - 10_000 * n))


def _quotes(ctx: Context, policy: Policy, times: int) -> Figures:
    """A correction, which prices the whole history anew."""
    wanted = {"party": policy.holder.public_id, "born_on": date(1969, 5, 17), "sex": "2"}
    case = endorsements.create(ctx, policy_id=policy.pk, items=[("KEY_DATA_CORRECTION", wanted)])
    took = [_timed(lambda: endorsements.quote(ctx, case.pk)) for _ in range(times)]
    cuts = quantiles(took, n=100)
    return {"p50": cuts[49], "p99": cuts[98]}


def _replays(policy: Policy, items: int) -> Figures:
    """A replay of all items and of a quarter; the impact report, and the same with each prefix replayed anew."""
    base, entries = selectors.base_of(policy.pk), selectors.entries(selectors.standing(policy.pk))
    known = replay(base, entries)

    def prefixes() -> None:
        for count in range(len(entries) + 1):
            total(Timeline(replay(base, entries[:count]).stretches), NIGHT)

    return {
        "whole": _best(lambda: replay(base, entries)),
        "quarter": _best(lambda: replay(base, entries[: items // 4])),
        "impact": _best(lambda: rules.impacts(known, known, NIGHT)) / 2,
        "naive": _best(prefixes),
    }


def _applied(made: Context, checked: Context, book: list[Policy]) -> float:
    """Changes a second, each from its entry to its effect, by two people."""
    return len(book) / _timed(lambda: [_carry_out(made, checked, policy) for policy in book])


def _carry_out(made: Context, checked: Context, policy: Policy) -> None:
    named = [{"party": policy.holder.public_id, "benefit_order": 1, "share": Decimal(100), "relationship": "00"}]
    case = endorsements.create(made, policy_id=policy.pk, items=[("BENEFICIARY_CHANGE", {"beneficiaries": named})])
    endorsements.sign(made, case.pk, signer=Signer.INSURED)
    endorsements.submit(made, case.pk)
    for paper in selectors.papers_missing(case.pk):
        endorsements.receive_paper(made, case.pk, paper)
    endorsements.accept(made, case.pk)
    case = endorsements.examine(made, case.pk)
    assert case.quote is not None
    endorsements.approve(checked, case.pk, digest=case.quote.digest)


def _best(act: Callable[[], object]) -> float:
    return min(_timed(act) for _ in range(3))


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
