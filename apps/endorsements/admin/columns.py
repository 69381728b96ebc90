"""How cases look in tables."""

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Column, badge, link, who
from apps.endorsements import wording
from apps.endorsements.models import Endorsement
from apps.endorsements.states import EndorsementStatus as S

TONES = {
    **dict.fromkeys((S.SUBMITTED, S.ACCEPTED, S.IN_REVIEW, S.APPROVED, S.AWAIT_EFFECT), "busy"),
    **dict.fromkeys((S.PENDING_DOCS, S.UW_REFERRED, S.SECOND_REVIEW, S.AWAIT_PAYMENT, S.PAYOUT), "warn"),
    **dict.fromkeys((S.EFFECTIVE, S.CLOSED), "good"),
    **dict.fromkeys((S.REJECTED, S.EXPIRED, S.REVERSED), "bad"),
}


def state(case: Endorsement) -> str:
    return badge(case.get_status_display(), TONES.get(S(case.status), "plain"))


def items(case: Endorsement) -> str:
    """The items of a case, each once."""
    return _now(", ").join(dict.fromkeys(wording.item(item.code) for item in case.items.all()))


NUMBER = Column(_("Case number"), "number")
LINK = Column(_("Case"), link)
COLUMNS = (
    Column(_("Items"), items),
    Column(_("State"), state),
    Column(_("Entered on"), "made_on"),
    Column(_("Entered by"), lambda case: who(case.maker)),
    Column(_("Received on"), "received_on"),
    Column(_("In effect from"), "effective_on"),
    Column(_("Slip number"), "slip_number"),
)
