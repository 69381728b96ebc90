"""Drafting 录入: a case is begun, changed and signed; nothing of the contract moves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from apps.core.context import Context
from apps.core.errors import Conflict, Refusal, Refused, refuse
from apps.core.numbering import next_number
from apps.core.values import to_json
from apps.endorsements import events, guards, selectors
from apps.endorsements.acts import Act
from apps.endorsements.base import TYPES, EndorsementType
from apps.endorsements.models import Endorsement, EndorsementItem, Signature
from apps.endorsements.situation import Situation
from apps.endorsements.states import Channel, Signer, Verification
from apps.parties import selectors as parties
from apps.policies import selectors as policy_facts
from apps.policies import services as policies

from .cases import codes, lock, person_of, tell

Wanted = tuple[str, Mapping[str, Any] | None]
"""An item as a door hands it over: its code, and the validated data of its ``Input``; None leaves it as it stands."""
FIRST_LAYER = 2


@transaction.atomic
def create(
    ctx: Context, *, policy_id: int, items: Sequence[Wanted], channel: Channel = Channel.COUNTER, note: str = ""
) -> Endorsement:
    """保全录入: begin a case with its items. Refuses unknown items, and pairs that exclude each other.

    What bars an item on this policy is told by ``quote`` and refused by ``submit``: a draft may be prepared before.
    """
    policies.lock(policy_id)
    case = Endorsement.objects.create(
        number=next_number("E", ctx.business_date, "endorsements_endorsement_number"),
        policy_id=policy_id,
        channel=Channel(channel),
        note=note.strip(),
        made_on=ctx.business_date,
        maker=ctx.actor,
        maker_person=person_of(ctx),
    )
    rows = _write_items(ctx, case, items)
    tell(ctx, events.CREATED, case, items=codes(rows))
    return case


@transaction.atomic
def put_items(ctx: Context, case_id: int, items: Sequence[Wanted], *, seen: int, note: str = "") -> Endorsement:
    """修改草稿: the items as they are to stand now. ``seen`` is the revision the editor looked at (P13)."""
    case = lock(case_id, Act.EDIT)
    if case.revision != seen:
        raise Conflict(Refusal("endorsement_stale"))
    standing = {item.code: selectors.change_of(item) for item in selectors.items_of(case.pk) if selectors.leads(item)}
    EndorsementItem.objects.filter(endorsement=case).delete()
    rows = _write_items(ctx, case, items, standing)
    case.revision += 1
    case.note, case.quote = note.strip(), None
    case.save()
    tell(ctx, events.CHANGED, case, items=codes(rows))
    return case


@transaction.atomic
def sign(
    ctx: Context,
    case_id: int,
    *,
    signer: Signer,
    verification: Verification = Verification.ORIGINAL_ID,
    party_id: int | None = None,
) -> Signature:
    """签名: note that somebody signed the request, and how we made sure who he is (E-05, E-07, E-08)."""
    case = lock(case_id, Act.SIGN)
    signature, created = Signature.objects.get_or_create(
        endorsement=case,
        signer=Signer(signer),
        defaults={
            "party_id": party_id or _party_of(case, signer),
            "verification": Verification(verification),
            "signed_on": ctx.business_date,
            "noted_by": ctx.actor,
        },
    )
    if created:
        tell(ctx, events.SIGNED, case, signer=signature.signer)
    return signature


@transaction.atomic
def name_account(ctx: Context, case_id: int, account_id: int) -> Endorsement:
    """收款账户: where money for the policyholder goes, his own account (B-10)."""
    case = lock(case_id, Act.ACCOUNT)
    account = parties.payee_account(account_id)
    if account is None or account.party_id != case.policy.holder_id:
        raise refuse("account_not_holders")
    case.account_id = account.id
    case.revision += 1
    case.save()
    tell(ctx, events.CHANGED, case, items=codes(selectors.items_of(case.pk)))
    return case


def _party_of(case: Endorsement, signer: Signer) -> int | None:
    terms = policy_facts.latest_terms(case.policy_id)
    return {Signer.HOLDER: terms.holder, Signer.INSURED: terms.lives[0].party}.get(Signer(signer))


def _entered(ctx: Context, kind: EndorsementType, data: Mapping[str, Any], at: Situation) -> Any:
    """What was answered, as a change; a layer gets its number."""
    change = kind.parse(kind.prepare(ctx, data), at)
    if kind.ordinal:
        return replace(change, layer=FIRST_LAYER + selectors.layers_given(at.policy_id, kind.code))
    return change


def _write_items(
    ctx: Context, case: Endorsement, wanted: Sequence[Wanted], standing: Mapping[str, Any] | None = None
) -> list[EndorsementItem]:
    if not wanted:
        raise refuse("endorsement_without_item")
    for code, _data in wanted:
        if code not in TYPES:
            raise refuse("endorsement_item_unknown", item=code)
    if faults := tuple(guards.together([code for code, _data in wanted])):
        raise Refused(*faults)
    at = selectors.situation(case.policy_id, ctx.business_date)
    rows: list[EndorsementItem] = []
    for code, data in wanted:
        kind = TYPES[code]
        change = (standing or {})[code] if data is None else _entered(ctx, kind, data, at)
        for policy_id, its_own in ((case.policy_id, change), *kind.spread(change, case.policy_id)):
            rows.append(
                EndorsementItem(
                    endorsement=case, policy_id=policy_id, position=len(rows), code=code, change=to_json(its_own)
                )
            )
    return EndorsementItem.objects.bulk_create(rows)
