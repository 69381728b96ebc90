"""Quote content 试算内容: a plan as JSON, for page, checker, API and slip; and the digest of what counts.

The digest leaves out what may change without changing the decision: what still bars the case, and how it is explained.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from apps.core import json
from apps.core.errors import Refusal, Refused
from apps.core.money import ZERO
from apps.core.values import to_json
from apps.policies.comparing import untouched
from apps.policies.terms import Coverage

from . import pricing
from .planning import ItemPlan, PolicyPlan
from .rules import UNCHANGED, Charge, Impact

Content = dict[str, Any]


def content(plans: Iterable[PolicyPlan]) -> Content:
    """The whole plan: what people see before they decide (P28)."""
    policies = [_policy(each) for each in plans]
    premiums = [Decimal(each["premium"]) for each in policies]
    paid_out = sum((Decimal(each["paid_out"]) for each in policies), ZERO)
    return {
        "policies": policies,
        "collect": str(sum((each for each in premiums if each > ZERO), ZERO)),
        "refund": str(-sum((each for each in premiums if each < ZERO), ZERO)),
        "paid_out": str(paid_out),
    }


def _policy(plan: PolicyPlan) -> Content:
    return {
        "policy": plan.situation.policy_id,
        "currency": plan.before.currency,
        "premium_before": str(plan.before.premium),
        "premium_after": str(plan.after.premium),
        "frequency_before": plan.before.frequency,
        "frequency_after": plan.after.frequency,
        "sum_assured_before": str(plan.before.sum_assured),
        "sum_assured_after": str(plan.after.sum_assured),
        "premium": str(plan.premium),
        "paid_out": str(plan.paid_out),
        "items": [item_json(each) for each in plan.items],
        "untouched": [to_json(each) for each in untouched(plan.before, plan.after)],
        "priced": [_priced(each, plan) for each in _new_premiums(plan)],
        "charges": [_charge(*each) for each in plan.charges],
        "impacts": [_impact(each) for each in plan.impacts],
    }


def item_json(plan: ItemPlan) -> Content:
    """One item of a plan."""
    return {
        "item": plan.item.pk,
        "code": plan.item.code,
        "effective_on": plan.effective_on.isoformat(),
        "premium": str(plan.premium),
        "differences": [to_json(each) for each in plan.differences],
        "payments": [
            {
                "kind": str(each.kind),
                "coverage": each.coverage,
                "amount": str(each.amount),
                "trace": each.trace.as_json(),
            }
            for each in plan.payments
        ],
        "refusals": [refusal_json(each) for each in plan.refusals],
        "referral": [refusal_json(each) for each in plan.referral],
        "papers": list(plan.papers),
        "signers": [sorted(alternative) for alternative in plan.signers],
    }


def _new_premiums(plan: PolicyPlan) -> Iterator[Coverage]:
    """The coverages that cost something else afterwards."""
    for cover in plan.after.coverages:
        known = plan.before.coverage(cover.code)
        if known is None or known.premium != cover.premium:
            yield cover


def _priced(cover: Coverage, plan: PolicyPlan) -> Content:
    """The premium of a coverage, and what its tables say of it; nothing where they say nothing."""
    try:
        trace = pricing.price(plan.after, cover, plan.situation.products).trace.as_json()
    except Refused:
        trace = None
    return {"coverage": cover.code, "amount": str(cover.premium), "trace": trace}


def _charge(before: Charge, after: Charge | None) -> Content:
    return {
        "due_on": before.due_on.isoformat(),
        "until": until.isoformat() if (until := (after or before).until) else None,
        "before": str(before.amount),
        "after": str(after.amount if after else ZERO),
    }


def _impact(impact: Impact) -> Content:
    return {
        "item": impact.item,
        "verdict": impact.verdict,
        "before": str(impact.before),
        "after": str(impact.after),
        "conflict": [refusal_json(each) for each in impact.conflict],
    }


def pays_out(plans: Iterable[PolicyPlan]) -> bool:
    """Whether money goes to the policyholder."""
    return any(each.pays_out for each in plans)


def refusal_json(refusal: Refusal) -> Content:
    """A refusal as a jsonb column keeps it."""
    return {"code": refusal.code, "params": {name: _plain(value) for name, value in refusal.params.items()}}


def refusal_of(data: Content) -> Refusal:
    """A refusal as ``refusal_json`` wrote it."""
    return Refusal(data["code"], data["params"])


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) else str(value)


def digest(content: Content) -> str:
    """The fingerprint of what is decided upon: days, differences, money, and what becomes of later items."""
    counted = [
        {
            **{name: policy[name] for name in ("policy", "premium_after", "frequency_after", "premium", "paid_out")},
            "items": [
                {name: item[name] for name in ("item", "code", "effective_on", "differences", "premium", "payments")}
                for item in policy["items"]
            ],
            "impacts": [each for each in policy["impacts"] if each["verdict"] != UNCHANGED],
        }
        for policy in content["policies"]
    ]
    return hashlib.sha256(json.dumps(counted).encode()).hexdigest()


def effective_on(content: Content) -> date:
    """The earliest day on which something of the case takes effect."""
    return min(date.fromisoformat(item["effective_on"]) for each in content["policies"] for item in each["items"])
