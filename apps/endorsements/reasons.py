"""Reasons 原因: why a case is sent back, refused or withdrawn: a code for statistics, and words for people."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

SEPARATOR = ": "


class ReturnReason(TextChoices):
    """退回原因."""

    PAPERS_UNCLEAR = "papers_unclear", _("Papers cannot be read or do not fit")
    IDENTITY_UNPROVED = "identity_unproved", _("Identity is not proved well enough")
    ENTRY_WRONG = "entry_wrong", _("What was entered differs from the request")
    CUSTOMER_TO_BE_ASKED = "customer_to_be_asked", _("The customer must be asked once more")
    OTHER_RETURN = "other_return", _("Another reason to send it back")


class RejectReason(TextChoices):
    """不同意原因."""

    NOT_ENTITLED = "not_entitled", _("Who asks is not entitled to it")
    TERMS_FORBID = "terms_forbid", _("The contract does not allow it")
    IDENTITY_DOUBTFUL = "identity_doubtful", _("Doubts about who asks")
    RISK = "risk", _("The risk is not accepted")
    UNDERWRITING_DECLINED = "underwriting_declined", _("Underwriting has declined it")
    OTHER_REJECTION = "other_rejection", _("Another reason to refuse it")


LABELS = {**dict(ReturnReason.choices), **dict(RejectReason.choices)}


def written(code: str, text: str) -> str:
    """A reason as it is kept: its code, and what was said beside it."""
    return SEPARATOR.join(filter(None, (code, text.strip())))


def in_words(reason: str) -> str:
    """A kept reason in the reader's language; one without a code as it stands."""
    code, _separator, text = reason.partition(SEPARATOR)
    return SEPARATOR.join(filter(None, (str(LABELS[code]), text))) if code in LABELS else reason
