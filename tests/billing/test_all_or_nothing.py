"""An act that fails at any of its statements leaves the database as it was (P16)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from apps.audit.models import Delivery, Event
from apps.billing import services as billing
from apps.billing.models import Allocation, BankFile, Instalment, Posting, Receipt
from apps.billing.states import Channel
from apps.core.context import Context
from apps.operations.models import Agenda
from apps.policies import services as policies
from apps.policies.models import Policy, PolicyCoverage, PolicyRole, PolicyVersion
from apps.policies.states import TerminationCode
from tests.conftest import TODAY
from tests.factories import a_branch, a_policy, a_receipt, some_terms

TABLES = [
    *(Policy, PolicyVersion, PolicyRole, PolicyCoverage, Instalment, Receipt, Allocation, Posting, BankFile),
    *(Agenda, Event, Delivery),
]
ACTS = ["issue", "bill", "confirm", "reverse", "read_bank_file", "terminate"]


class Broken(Exception):
    """The statement that does not come back."""


def fail_at(position: int) -> Callable[..., Any]:
    """An execute wrapper under which the statement of this position fails."""
    left = position

    def wrapper(execute: Callable[..., Any], *args: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise Broken
        return execute(*args)

    return wrapper


def everything() -> list[list[tuple]]:
    return [sorted(model.objects.values_list(), key=repr) for model in TABLES]


@pytest.fixture
def acts(ctx: Context, checker: Context) -> dict[str, Callable[[], object]]:
    """Acts that would succeed, each with what it needs."""
    policy = a_policy(number="P1", effective_on=date(2022, 12, 1))
    billing.bill(ctx, [policy.instalments.get().pk])
    next_one = policy.instalments.get(status="PLANNED").pk
    paid = a_receipt(policy, "1200.00").receipt.pk
    keyed = billing.key_receipt(
        ctx,
        policy_number="P1",
        amount=Decimal("1200.00"),
        channel=Channel.TRANSFER,
        channel_ref="K1",
        value_on=TODAY,
    ).pk
    terms, branch = some_terms(), a_branch().pk
    file = f"transaction_no,policy_no,paid_on,amount,currency,payer\nF1,P1,{TODAY},1200.00,CNY,".encode()
    return {
        "issue": lambda: policies.issue(ctx, number="P2", terms=terms, branch_id=branch),
        "bill": lambda: billing.bill(ctx, [next_one]),
        "confirm": lambda: billing.confirm_receipt(checker, keyed),
        "reverse": lambda: billing.reverse_receipt(ctx, paid, "bounced"),
        "read_bank_file": lambda: billing.read_bank_file(ctx, name="f.csv", content=file),
        "terminate": lambda: policies.terminate(ctx, {policy.pk: TODAY}, code=TerminationCode.SURRENDER),
    }


@pytest.mark.promise("P16")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_all_or_nothing(acts, name):
    before, position = everything(), 0
    while True:
        position += 1
        try:
            with connection.execute_wrapper(fail_at(position)):
                acts[name]()
        except Broken:
            assert everything() == before, f"statement {position}"
        else:
            break
    assert position > 5
    assert everything() != before
