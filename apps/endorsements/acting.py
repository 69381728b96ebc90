"""Acting 可办操作: which acts on a case are open to somebody now, and why the others are not.

Pages and API ask here before they call a service. What is said to be open is refused by no service, but for what
depends on the input; what is not, is refused with the very code told here. Rights are those of the case
(``endorsement_case``) and of each of its items; rules are the services' own.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property

from apps.accounts import permissions
from apps.accounts.models import User
from apps.core.context import Context
from apps.core.errors import BusinessError, NotPermitted, Refusal, Refused
from apps.policies import selectors as policies

from . import guards, planning, selectors
from .acts import CASE_ACTION, Act, capabilities
from .base import TYPES, EndorsementType
from .models import Endorsement, EndorsementItem
from .planning import PolicyPlan
from .services import intake, quoting, review
from .services.cases import wrong_state
from .situation import Situation

REVERSAL = "ENDORSEMENT_REVERSAL"
"""The item that undoes another."""


def actions(ctx: Context, user: User, case: Endorsement) -> list[tuple[Act, Refusal | None]]:
    """Every act on a case, each with the reason why this account cannot do it now, if there is one."""
    asked = Verdicts(ctx, user, case)
    return [(act, error.refusals[0] if (error := asked.why_not(act)) else None) for act in Act]


def why_not(ctx: Context, user: User, case: Endorsement, act: Act) -> BusinessError | None:
    """Why this account cannot do this to the case now: by right, by the state of the case, or by a rule."""
    return Verdicts(ctx, user, case).why_not(act)


def context(ctx: Context, user: User, case: Endorsement, act: Act) -> Context:
    """The context for an act: for whom the account stands in, where nothing else gives it the right (P47)."""
    return permissions.acting(ctx, user, f"{CASE_ACTION}.{capabilities(act, case.status)[0]}")


def require(ctx: Context, user: User, case: Endorsement, act: Act) -> None:
    """Refuse who has no right to the act; the denial leaves one Access row (P36). State and rules the service asks."""
    if error := Verdicts(ctx, user, case).not_permitted(act):
        action = str(error.refusals[0].params["action"])
        permission = f"{action}.{capabilities(act, case.status)[0]}"
        raise permissions.denied(ctx, permission, error.refusals[0], object_type=selectors.CASE, object_id=case.pk)


def require_items(ctx: Context, user: User, policy_id: int, codes: Iterable[str]) -> None:
    """Refuse who may not ask for one of these items on the policy; the denial leaves one Access row."""
    rights = Rights(user, policy_id)
    for kind in (TYPES[code] for code in codes if code in TYPES):
        if refusal := rights.why_not((kind,), ("C",)):
            permission = f"{refusal.params['action']}.C"
            raise permissions.denied(ctx, permission, refusal, object_type="policies.policy", object_id=policy_id)


def why_not_ask(user: User, at: Situation, kind: EndorsementType) -> Iterable[Refusal]:
    """Why this item cannot be asked for on a policy now: by right, or by what bars everybody (B3)."""
    return _why_not_ask(Rights(user, at.policy_id), at, kind)


def askable(user: User, at: Situation) -> list[tuple[EndorsementType, list[Refusal]]]:
    """Every item that may be chosen, each with whatever bars it on this policy now; the free ones first."""
    rights = Rights(user, at.policy_id)
    found = [(kind, list(_why_not_ask(rights, at, kind))) for kind in TYPES if not kind.internal]
    return sorted(found, key=lambda each: (bool(each[1]), str(each[0])))


def _why_not_ask(rights: "Rights", at: Situation, kind: EndorsementType) -> Iterable[Refusal]:
    if refusal := rights.why_not((kind,), ("C",)):
        return [refusal]
    return guards.blockers(kind, at, at.today)


def why_not_reverse(user: User, item: EndorsementItem) -> BusinessError | None:
    """Why this account cannot ask for the undoing of an item."""
    kind = TYPES[REVERSAL]
    if refusal := Rights(user, item.policy_id).why_not((kind,), ("C",)):
        return NotPermitted(refusal)
    refusals = planning.why_not_undo(item.pk, item.policy_id)
    return Refused(*refusals) if refusals else None


class Rights:
    """What the permission matrix lets an account do on one policy, by scope; each scope is asked of the rows once."""

    def __init__(self, user: User, policy_id: int) -> None:
        self.user, self.policy_id = user, policy_id
        self._within: dict[frozenset[str], bool] = {}

    def why_not(self, kinds: Iterable[EndorsementType], wanted: Sequence[str]) -> Refusal | None:
        """``not_permitted`` with the action that is lacking: of cases as such, or of one of the items."""
        if not any(self._holds(f"{CASE_ACTION}.{each}") for each in wanted):
            return Refusal("not_permitted", {"action": CASE_ACTION})
        for action in sorted({kind.permission for kind in kinds}):
            if not any(self._holds(f"{action}.{each}") for each in _of_items(action, wanted)):
                return Refusal("not_permitted", {"action": action})
        return None

    def _holds(self, permission: str) -> bool:
        """Whether the account holds it, not only for a part of the action, and it reaches the policy."""
        if all(grant.only for grant in permissions.grants(self.user, permission)):
            return False
        scope = permissions.scope(self.user, permission)
        if scope not in self._within:
            reached = policies.reached_by(self.user, permission)
            self._within[scope] = reached.filter(pk=self.policy_id).exists()
        return self._within[scope]


def _of_items(action: str, wanted: Sequence[str]) -> Iterable[str]:
    """Who handles an item may also propose it. Where the matrix lets nobody handle it, who proposes it does."""
    yield from wanted
    if "C" in wanted:
        yield "E"
    elif "E" in wanted and not permissions.somebody_holds(f"{action}.E"):
        yield "C"


class Verdicts:
    """The acts on one case for one account. What a verdict needs is computed when it is first asked for."""

    def __init__(self, ctx: Context, user: User, case: Endorsement) -> None:
        self.ctx, self.user, self.case = ctx, user, case
        self.rights = Rights(user, case.policy_id)

    def why_not(self, act: Act) -> BusinessError | None:
        return self.not_permitted(act) or wrong_state(self.case, act) or self._barred(act)

    def not_permitted(self, act: Act) -> NotPermitted | None:
        """Whether the account lacks the right, whatever the state of the case."""
        wanted = capabilities(act, self.case.status)
        kinds = review.to_approve(self._kinds) if wanted == ("A",) else self._kinds
        refusal = self.rights.why_not(kinds, wanted)
        return NotPermitted(refusal) if refusal else None

    def _barred(self, act: Act) -> BusinessError | None:
        """What a rule says to it: the same that the service asks."""
        if act == Act.REJECT:
            refusal = review.why_not_reject(context(self.ctx, self.user, self.case, act), self.case)
            return NotPermitted(refusal) if refusal else None
        if act == Act.APPROVE:
            ctx = context(self.ctx, self.user, self.case, act)
            if refusal := review.why_not_decide(ctx, self.case, self._plans):
                return NotPermitted(refusal)
        if act == Act.ACCEPT:
            return _refused(intake.faults(self.case, self._plans))
        if act in (Act.SUBMIT, Act.EXAMINE, Act.SEND_ON, Act.APPROVE):
            return _refused(planning.all_refusals(self._plans))
        return None

    @cached_property
    def _kinds(self) -> list[EndorsementType]:
        return [selectors.kind_of(item) for item in selectors.items_of(self.case.pk)]

    @cached_property
    def _plans(self) -> list[PolicyPlan]:
        return quoting.compute(self.ctx, self.case)


def _refused(refusals: Sequence[Refusal]) -> Refused | None:
    return Refused(*refusals) if refusals else None
