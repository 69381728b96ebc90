"""What an endorsement slip 批单 says (template ``endorsement_slip.1``; 保险法 §20), as plain text made by the caller.

Amounts and terms come as they are to be read ("¥1,234.50", "年交"), days as ISO dates. An empty text is left out.
"""

from dataclasses import dataclass

TEMPLATE = "endorsement_slip.1"


@dataclass(frozen=True, slots=True)
class SlipRow:
    """One thing that changed, before and after; "" where there was or is nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SlipItem:
    """保全项目: one item of the case, with the day from which it holds and what it changes.

    ``note`` is a sentence below its rows: a condition, or why it takes effect on that day.
    """

    title: str
    effective_on: str
    rows: tuple[SlipRow, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class SlipAmount:
    """One line of the money of the case: 补交保险费, 退还现金价值; ``note`` says how it is paid."""

    label: str
    amount: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SlipValues:
    """The whole slip, in the order in which it is read.

    ``holder`` is the policyholder as addressed: surname and form of address (王女士). ``insured`` is masked (李*).
    ``premium_before`` and ``premium_after`` are one instalment each, ``premium_from`` the due date from which the new
    one is billed; all three empty where the premium stays. ``special`` are further agreements 特别约定.
    """

    company: str
    number: str
    issued_on: str
    policy_number: str
    case_number: str
    product: str
    holder: str
    insured: str
    items: tuple[SlipItem, ...]
    premium_before: str = ""
    premium_after: str = ""
    premium_from: str = ""
    amounts: tuple[SlipAmount, ...] = ()
    special: tuple[str, ...] = ()
    office: str = ""
    service_phone: str = ""
