"""What the acts on cases share: locking one, telling of it."""

from collections.abc import Iterable
from typing import Any

from apps.audit import services as audit
from apps.audit.events import EventType
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound, Refusal, refuse
from apps.endorsements import selectors
from apps.endorsements.acts import POSSIBLE, Act
from apps.endorsements.models import Endorsement, EndorsementItem
from apps.policies import services as policies


def lock(case_id: int, act: Act | None = None) -> Endorsement:
    """Lock the policies of a case and then the case. Refuses ``illegal_transition`` where ``act`` is not possible."""
    touched = EndorsementItem.objects.filter(endorsement=case_id).values_list("policy", flat=True)
    main = Endorsement.objects.filter(pk=case_id).values_list("policy", flat=True).first()
    if main is None:
        raise NotFound(Refusal("not_found"))
    policies.lock_all({main, *touched})
    case = Endorsement.objects.select_for_update(of=("self",), no_key=True).select_related("policy").get(pk=case_id)
    if act and (refused := wrong_state(case, act)):
        raise refused
    return case


def wrong_state(case: Endorsement, act: Act) -> Conflict | None:
    """The refusal where an act is not possible in the state of the case.

    After the decision an account is only named where none was: the checker has seen where the money goes.
    """
    settled = act == Act.ACCOUNT and case.approved_on is not None and case.account_id is not None
    if case.status in POSSIBLE[act] and not settled:
        return None
    return Conflict(Refusal("illegal_transition", {"state": case.get_status_display()}))


def person_of(ctx: Context) -> str:
    """Who stands behind an act that a person must answer for."""
    if not ctx.person:
        raise refuse("endorsement_person_required")
    return ctx.person


def tell(ctx: Context, event: EventType, case: Endorsement, reason: str = "", **facts: Any) -> None:
    """Record one event about a case."""
    audit.record(ctx, event, case.pk, policy_id=case.policy_id, reason=reason, number=case.number, **facts)


def codes(items: Iterable[EndorsementItem]) -> str:
    """The items of a case as an event names them."""
    return ", ".join(item.code for item in items)


def labels(case_id: int) -> str:
    """The items of a case in words."""
    return ", ".join(str(selectors.kind_of(item)) for item in selectors.items_of(case_id))
