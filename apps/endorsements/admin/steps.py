"""What the steps of the wizard share (screen S10): their order, their frame, and one way to say what went wrong."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Act, ActForm, StaffAdmin, StaffRequest, page_of
from apps.core.admin.pages import Text
from apps.core.context import Context
from apps.core.errors import BusinessError, NotPermitted, Refusal
from apps.endorsements import acts, wording
from apps.endorsements.models import Endorsement
from apps.endorsements.services.cases import wrong_state

PAGE = "endorsements.endorsement"
MAKE, HANDLE, CHECK, READ = "endorsement_case.C", "endorsement_case.E", "endorsement_case.A", "policy_read.R"
STEPS: Sequence[tuple[str, Text]] = (
    ("items", _("Items")),
    ("questions", _("Questions")),
    ("papers", _("Papers and signatures")),
    ("quote", _("Quote")),
    ("check", _("Check and submit")),
)


def step_url(case: Endorsement, name: str) -> str:
    return reverse(f"admin:endorsements_endorsement_{name}", args=[case.pk])


def path(here: str, case: Endorsement | None) -> list[dict[str, Any]]:
    """The steps, each leading to its page once the case exists; none on pages that are no step."""
    order = [name for name, _label in STEPS]
    if here not in order:
        return []
    place = order.index(here)
    return [
        {
            "label": label,
            "place": "now" if name == here else "done" if index < place else "ahead",
            "url": step_url(case, name) if case is not None and name != here else "",
        }
        for index, (name, label) in enumerate(STEPS)
    ]


def say(form: ActForm, error: BusinessError) -> None:
    """Every refusal as a sentence on top of the form; a denial goes on to its own page."""
    if isinstance(error, NotPermitted):
        raise error
    for refusal in error.refusals:
        form.add_error(None, wording.told(refusal))


class Step(Act):
    """One page of the wizard on a case; where the case is past it, the page says why."""

    permission = MAKE
    on_page = False
    does: ClassVar[acts.Act] = acts.Act.EDIT

    def why_not(self, ctx: Context, obj: Any) -> Refusal | None:
        error = wrong_state(obj, self.does)
        return error.refusals[0] if error else None

    def shown(
        self, page: StaffAdmin, request: StaffRequest, obj: Any, *, status: int = 200, template: str = "", **more: Any
    ) -> HttpResponse:
        """The page of this step; ``template`` where it is another than usual."""
        case = obj if isinstance(obj, Endorsement) else None
        context = {
            **page.frame(request, obj),
            "title": self.label,
            "act": self,
            "case": case,
            "steps": path(self.name if case else "items", case),
            "refusal": self.why_not(request.ctx, obj) if request.method != "POST" else None,
            "back": page_of(page.model, obj.pk),
            **more,
        }
        return TemplateResponse(request, template or self.template, context, status=status)
