"""ENDORSEMENT_REVERSAL 保全回退 (row 81)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core import api
from apps.core.api.inputs import IdInput
from apps.endorsements import selectors
from apps.endorsements.base import EndorsementType
from apps.endorsements.situation import Situation
from apps.endorsements.states import EffectiveRule, Mode, Mutex, Reversible, Review, Signer


class EndorsementReversal(EndorsementType):
    """Undo one item, not only the latest: the policy is replayed without it, the books by difference (W1)."""

    code = "ENDORSEMENT_REVERSAL"
    label = _("Reversal of an endorsement")
    summary = _("Undo a change that is in effect, as if it had never been; later changes stay.")
    basis = ("policy:P25",)
    permission = "endorsement_reverse"
    signers = (frozenset({Signer.COMPANY}),)
    materials = ("reversal_reason",)
    effective = EffectiveRule.EVENT_DATE
    mutex = Mutex.FINANCIAL
    mode = Mode.VOID
    review = Review.ALWAYS
    reversible = Reversible.NO
    clocks = ()
    statuses = ("IN_FORCE", "PENDING_EFFECT", "SUSPENDED", "TERMINATED")
    not_in_flight = True
    internal = True

    class Input(api.Input):
        item = IdInput("endorsement_item", help_text=_("The item to undo"))

    @dataclass(frozen=True)
    class Change:
        item: int

    def parse(self, data: Mapping[str, Any], asked: Situation) -> Change:
        return self.Change(selectors.item_id(data["item"]))

    def shown(self, change: Change) -> Mapping[str, Any]:
        return {"item": selectors.item_public_id(change.item)}

    def spread(self, change: Change, policy_id: int) -> Iterable[tuple[int, Change]]:
        """What one request did to several policies is undone on all of them."""
        return [(item.policy_id, self.Change(item.pk)) for item in selectors.siblings(change.item)]

    def voids(self, change: Change) -> int | None:
        return change.item
