"""Acts 操作 upon a case: in which states each is possible, and what it takes (state-machines §3.3). Pure.

Services, pages and API read the same table, so that none offers what another refuses.
"""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .states import EndorsementStatus as S


class Act(TextChoices):
    """操作: what a person may do with a case; the code is the verb of the API."""

    EDIT = "edit", _("Change the items")
    QUOTE = "quote", _("Quote")
    SIGN = "sign", _("Note a signature")
    ACCOUNT = "account", _("Name the account")
    SUBMIT = "submit", _("Submit")
    SUPPLEMENT = "supplement", _("Receive a paper")
    WAIVE = "waive", _("Do without a paper")
    REQUEST_PAPERS = "request_papers", _("Ask for more papers")
    ACCEPT = "accept", _("Accept")
    EXAMINE = "examine", _("Examine")
    SEND_ON = "send_on", _("Send on")
    APPROVE = "approve", _("Approve")
    SEND_BACK = "send_back", _("Send back")
    REJECT = "reject", _("Reject")
    WITHDRAW = "withdraw", _("Withdraw")


COLLECTING = frozenset({S.SUBMITTED, S.PENDING_DOCS})
UNDECIDED = frozenset({S.DRAFT, S.SUBMITTED, S.PENDING_DOCS, S.ACCEPTED, S.IN_REVIEW, S.UW_REFERRED, S.SECOND_REVIEW})

POSSIBLE: Mapping[Act, frozenset[S]] = {
    Act.EDIT: frozenset({S.DRAFT}),
    Act.QUOTE: UNDECIDED,
    Act.SIGN: COLLECTING | {S.DRAFT},
    Act.ACCOUNT: UNDECIDED | {S.AWAIT_EFFECT},
    Act.SUBMIT: frozenset({S.DRAFT}),
    Act.SUPPLEMENT: COLLECTING | {S.DRAFT},
    Act.WAIVE: COLLECTING | {S.DRAFT},
    Act.REQUEST_PAPERS: COLLECTING,
    Act.ACCEPT: COLLECTING,
    Act.EXAMINE: frozenset({S.ACCEPTED}),
    Act.SEND_ON: frozenset({S.IN_REVIEW}),
    Act.APPROVE: frozenset({S.SECOND_REVIEW}),
    Act.SEND_BACK: frozenset({S.SECOND_REVIEW}),
    Act.REJECT: frozenset({S.IN_REVIEW, S.UW_REFERRED, S.SECOND_REVIEW}),
    Act.WITHDRAW: UNDECIDED | {S.APPROVED, S.AWAIT_PAYMENT, S.AWAIT_EFFECT},
}
"""The states in which an act is possible at all."""

CASE_ACTION = "endorsement_case"
"""The action of the permission matrix for cases as such; each item has its own beside it."""
HANDLING = frozenset({Act.WAIVE, Act.REQUEST_PAPERS, Act.ACCEPT, Act.EXAMINE, Act.SEND_ON, Act.REJECT})
CHECKING = frozenset({Act.APPROVE, Act.SEND_BACK})


def capabilities(act: Act, status: str) -> tuple[str, ...]:
    """What an act takes of who does it, any of these: to propose (C), to handle (E), to check (A)."""
    if act == Act.QUOTE:
        return "C", "E", "A"
    if act in CHECKING or (act == Act.REJECT and status == S.SECOND_REVIEW):
        return ("A",)
    return ("E",) if act in HANDLING else ("C",)
