"""A morning's work, endlessly: ``python -m tests.storms.load``. Receipts are keyed by one person, confirmed by another.

Prints a line for each receipt that is committed.
"""

import os
from datetime import date
from decimal import Decimal
from itertools import count

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "policyops.settings")
    django.setup()
    from apps.core.context import Context
    from apps.operations import selectors as operations
    from apps.policies.models import Policy

    numbers = list(Policy.objects.order_by("pk").values_list("number", flat=True))
    for turn in count():
        day: date = operations.business_date()
        clerk, checker = (Context(actor=f"user:{who}", person=who, business_date=day) for who in ("clerk", "checker"))
        pay(clerk, checker, numbers[turn % len(numbers)], f"{os.getpid()}/{turn}")
        print(turn, flush=True)


def pay(clerk, checker, policy_number: str, reference: str) -> None:
    from apps.billing import services as billing

    receipt = billing.key_receipt(
        clerk,
        policy_number=policy_number,
        amount=Decimal("100.00"),
        channel="transfer",
        channel_ref=reference,
        value_on=clerk.business_date,
        key=reference,
    )
    billing.confirm_receipt(checker, receipt.pk)


if __name__ == "__main__":
    main()
