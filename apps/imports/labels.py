"""What the fields of a book are called on screen."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .fields import BENEFICIARIES, HOLDER, INSURED, RIDERS, fields

Text = str | Promise

POLICY: dict[str, Text] = {
    "policy_number": _("Policy number"),
    "product": _("Product"),
    "branch": _("Branch"),
    "agent": _("Agent"),
    "currency": _("Currency"),
    "frequency": _("Premium frequency"),
    "premium": _("Premium"),
    "sum_assured": _("Sum assured"),
    "policy_term": _("Policy term"),
    "payment_term": _("Payment term"),
    "effective_on": _("Effective on"),
    "ends_on": _("Ends on"),
    "premium_ends_on": _("Premiums end on"),
    "paid_to": _("Paid to"),
    "status": _("Policy status"),
    "suspended_on": _("Suspended on"),
    "terminated_on": _("Terminated on"),
    "termination_code": _("Reason for termination"),
    "reminders": _("Agreed to premium reminders"),
    "insured_relationship": _("Insured is to the holder"),
}
GROUPS: dict[str, Text] = {
    HOLDER: _("Policyholder"),
    INSURED: _("Insured"),
    **{prefix: _("Beneficiary {n}") for prefix in BENEFICIARIES},
    **{prefix: _("Rider {n}") for prefix in RIDERS},
}
PARTS: dict[str, Text] = {
    "name": _("Name"),
    "sex": _("Sex"),
    "born_on": _("Birth date"),
    "occupation_class": _("Occupation class"),
    "id_type": _("Document type"),
    "id_number": _("Document number"),
    "id_valid_to": _("Document valid to"),
    "mobile": _("Mobile"),
    "email": _("E-mail"),
    "address": _("Address"),
    "bank": _("Bank name"),
    "bank_account": _("Bank account"),
    "relationship": _("Relationship"),
    "share": _("Share"),
    "order": _("Benefit order"),
}


def of(name: str) -> str:
    """``Policyholder: Mobile``; the name itself for a field nobody named."""
    if name in POLICY:
        return str(POLICY[name])
    prefix, _underscore, part = name.partition("_")
    said = PARTS.get(part) or POLICY.get(part)
    return f"{_group(prefix)}: {said}" if said and prefix in GROUPS else name


def all_fields() -> list[tuple[str, str]]:
    """Every field with its name on screen, in the order of the fields."""
    return [(name, of(name)) for name in fields()]


def grouped() -> Sequence[tuple[str, list[tuple[str, str]]]]:
    """The fields as a select shows them: those of the policy, then those of each person and rider."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in fields():
        prefix = name.partition("_")[0]
        group = _group(prefix) if prefix in GROUPS and name not in POLICY else str(_("Policy"))
        groups.setdefault(group, []).append((name, of(name)))
    return list(groups.items())


def _group(prefix: str) -> str:
    return str(GROUPS[prefix]).format(n=prefix[-1])
