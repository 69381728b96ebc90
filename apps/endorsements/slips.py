"""Slips 批单: what an endorsement changed, as a numbered paper annexed to the policy (E-04, 保险法 §20).

Written in Chinese, which is the language of the contract, from what was carried out, never from what was asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from apps.billing.states import PayoutKind
from apps.core.admin.show import frequency, money
from apps.core.context import Context
from apps.core.errors import Conflict
from apps.core.money import ZERO
from apps.documents import services as documents
from apps.documents.models import Document
from apps.documents.slips import TEMPLATE, SlipAmount, SlipItem, SlipRow, SlipValues
from apps.documents.states import DocumentKind
from apps.parties import selectors as parties
from apps.policies import presenting
from apps.policies import selectors as policies
from apps.policies.comparing import difference_of

from . import selectors
from .models import Endorsement, EndorsementItem

LANGUAGE = "zh-hans"


def write(ctx: Context, case_id: int, number: str) -> None:
    """制单: typeset the slip of this number and file it to the policy; nothing if it is there already."""
    if Document.objects.filter(number=number).exists():
        return
    case = Endorsement.objects.select_related("policy__branch", "policy__product_version__product").get(pk=case_id)
    items = [item for item in selectors.items_of(case_id) if item.slip_number == number]
    with translation.override(LANGUAGE):
        values = asdict(_values(case, items, number))
    try:
        documents.render(
            ctx,
            template=TEMPLATE,
            values=values,
            kind=DocumentKind.ENDORSEMENT_SLIP,
            policy_id=case.policy_id,
            number=number,
            subject_type=selectors.CASE,
            subject_id=case_id,
        )
    except Conflict:  # another worker was faster: it is the same paper
        return


def _values(case: Endorsement, items: Sequence[EndorsementItem], number: str) -> SlipValues:
    policy = case.policy
    terms = policies.latest_terms(policy.pk)
    issued_on = items[0].applied_on
    assert issued_on is not None  # a slip tells of what was carried out
    mine = [item for item in items if item.policy_id == policy.pk]
    before, after = _premiums(case)
    return SlipValues(
        company=settings.COMPANY_NAME,
        number=number,
        issued_on=issued_on.isoformat(),
        policy_number=policy.number,
        case_number=case.number,
        product=policy.product_version.product.name_zh,
        holder=parties.form_of_address(terms.holder),
        insured=parties.masked_names([terms.lives[0].party])[terms.lives[0].party],
        items=tuple(_item(item, terms.currency) for item in mine),
        premium_before=before if before != after else "",
        premium_after=after if before != after else "",
        premium_from=min(_day(item) for item in mine).isoformat() if before != after else "",
        amounts=tuple(_amounts(mine, terms.currency)),
        office=policy.branch.name,
        service_phone=settings.SERVICE_PHONE,
    )


def _premiums(case: Endorsement) -> tuple[str, str]:
    """One instalment before and after, as the case was approved."""
    assert case.quote is not None  # it was approved upon one
    for each in case.quote.content["policies"]:
        if each["policy"] == case.policy_id:
            return _premium(each, "before"), _premium(each, "after")
    return "", ""


def _premium(policy: dict[str, str], side: str) -> str:
    amount = money(Decimal(policy[f"premium_{side}"]), policy["currency"])
    return f"{amount} ({frequency(policy[f'frequency_{side}'])})"


def _item(item: EndorsementItem, currency: str) -> SlipItem:
    found = [difference_of(each) for each in item.outcome["differences"]]
    names = parties.plain_names({party for each in found for party in presenting.people_in(each)})
    rows = [
        SlipRow(f"{part.title} {line.label}".strip(), line.before, line.after)
        for part in presenting.parts(found, currency, names=names)
        for line in part.lines
    ]
    kind = selectors.kind_of(item)
    return SlipItem(str(kind.label), _day(item).isoformat(), tuple(rows), str(kind.summary))


def _amounts(items: Sequence[EndorsementItem], currency: str) -> Iterator[SlipAmount]:
    premium = sum((item.amount or ZERO for item in items), ZERO)
    if premium > ZERO:
        yield SlipAmount(_("Premium collected"), money(premium, currency))
    elif premium < ZERO:
        yield SlipAmount(_("Premium refunded"), money(-premium, currency))
    for item in items:
        for each in item.outcome["payments"]:
            label = " ".join(filter(None, (str(PayoutKind(each["kind"]).label), each["coverage"])))
            yield SlipAmount(label, money(Decimal(each["amount"]), currency))


def _day(item: EndorsementItem) -> date:
    assert item.effective_on is not None  # it has been carried out
    return item.effective_on
