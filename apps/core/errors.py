"""What can go wrong in a business act: stable codes for programs, one sentence for people.

Sentences are registered beside the rules that refuse (``explain``), so that a code has one text everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, str | Promise] = {}


def explain(**sentences: str | Promise) -> None:
    """Give each refusal code its sentence, with ``{param}`` placeholders. A code is explained once."""
    for code, sentence in sentences.items():
        if code in SENTENCES:
            raise ValueError(f"refusal code {code} is explained twice")
        SENTENCES[code] = sentence


@dataclass(frozen=True)
class Refusal:
    """Why a rule says no: a stable snake_case code and the values its sentence needs.

    ``at`` is the place in what was handed in, as a JSON Pointer, where that is known.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    at: str = field(default="", compare=False)

    def __str__(self) -> str:
        sentence = SENTENCES.get(self.code)
        return str(sentence).format(**self.params) if sentence else self.code


class BusinessError(Exception):
    """A request that was understood and not carried out; nothing has changed."""

    status = 400

    def __init__(self, *refusals: Refusal) -> None:
        self.refusals = refusals
        super().__init__("; ".join(str(refusal) for refusal in refusals))

    @property
    def code(self) -> str:
        return self.refusals[0].code


class Refused(BusinessError):
    """A rule forbids it (422)."""

    status = 422


class Conflict(BusinessError):
    """Somebody was faster, or the state has moved (409)."""

    status = 409


class NotPermitted(BusinessError):
    """This person may not (403)."""

    status = 403


class NotFound(BusinessError):
    """No such object, or out of sight (404)."""

    status = 404


def refuse(code: str, **params: Any) -> Refused:
    """``raise refuse("amount_not_positive", amount=x)``."""
    return Refused(Refusal(code, params))


def stated(reason: str) -> str:
    """The reason given for an act that needs one, trimmed; refuses ``reason_required`` when there is none."""
    if not reason.strip():
        raise refuse("reason_required")
    return reason.strip()


explain(
    not_permitted=_("Your role does not allow this: {action}."),
    not_found=_("There is no such record, or it is outside your area."),
    stale_version=_("Somebody changed this record after you opened it. Reload it and check your entry."),
    same_person=_("The same person may not both enter and confirm."),
    reason_required=_("Please give a reason."),
    illegal_transition=_("This is not possible in the present state ({state})."),
    idempotency_key_reused=_("This request key was already used for another request."),
    busy=_("Another user is working on this record at this moment. Please try again."),
)
