"""Opening one file for a purpose 按用途调阅, for those who see a case only while they work on it (decision 25)."""

from typing import Any

from django import forms
from django.db.models import Model
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.accounts import opening, permissions
from apps.core.admin import Act, ActForm, Done, StaffRequest, page_of
from apps.core.context import Context
from apps.core.errors import NotFound, Refusal
from apps.parties.states import RevealPurpose


class OpenForm(ActForm):
    """Subclasses add ``number``, by which the file is named."""

    purpose = forms.ChoiceField(label=_("Purpose"), choices=[("", _("Please choose")), *RevealPurpose.choices])
    field_order = ("number", "purpose")


class Open(Act):
    """Say what may be opened, with the permission to read it, and how it is found."""

    name = "open"
    field_of = {"not_found": "number"}

    def offered(self, request: StaffRequest) -> bool:
        return "assigned" in permissions.scope(request.user, self.permission)

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, Any]:
        return {"number": request.GET.get("number", "")}

    def find(self, request: StaffRequest, ctx: Context, data: dict[str, Any]) -> Model | None:
        """The one object within the person's reach that the number names."""
        raise NotImplementedError

    def answer(self, request: StaffRequest, ctx: Context, obj: None, data: dict[str, Any]) -> Done:
        found = self.find(request, ctx, data)
        if found is None:
            raise NotFound(Refusal("not_found"))
        opening.open_for(ctx, self.permission, found, RevealPurpose(data["purpose"]).value)
        return Done(_now("Opened."), page_of(found, found.pk))
