"""Seeing a plain value, and opening a customer for a purpose: both with a reason, both remembered (P36, P54)."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.admin import Act, ActForm, Fact, StaffAdmin, StaffRequest, act
from apps.core.context import Context
from apps.parties import presentation, reveals, searching
from apps.parties.models import Party
from apps.parties.selectors import READ, REVEAL
from apps.parties.states import RevealField, RevealPurpose

from .opening import Open, OpenForm

SECONDS_SHOWN = 60


class RevealForm(ActForm):
    field = forms.ChoiceField(label=_("What"), choices=RevealField.choices, widget=forms.HiddenInput)
    row = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=[("", _("Please choose")), *RevealPurpose.choices])


@act("parties.party")
class Reveal(Act):
    name, label, permission = "reveal", _("Show a masked value"), REVEAL
    form = RevealForm
    template = "staff/reveal.html"
    intro = _("The value is shown for 60 seconds. Who looked, at what and why is recorded.")
    on_page = False
    field_of = {"reason_required": "purpose"}

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, Any]:
        return {"field": request.GET.get("field", ""), "row": request.GET.get("row", "")}

    def facts(self, obj: Party) -> list[Fact]:
        return [Fact(_("Customer"), presentation.masked_name(obj))]

    def perform(self, page: StaffAdmin, request: StaffRequest, obj: Party, form: ActForm) -> HttpResponse:
        """Show the value in the answer to this one request; it is stored nowhere."""
        data, ctx = form.cleaned_data, page.site.context_of(request)
        field = RevealField(data["field"])
        value = reveals.reveal(ctx, request.user, field=field, object_id=data["row"], purpose=data["purpose"])
        accounts = User.objects.filter(person=request.user.person)
        left = settings.REVEALS_PER_DAY - reveals.revealed_today(accounts)
        return self.render(page, request, obj, form, revealed=value, what=field.label, seconds=SECONDS_SHOWN, left=left)


class OpenCustomerForm(OpenForm):
    number = forms.CharField(
        label=_("Whole ID number, phone or e-mail"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@act("parties.party", on_list=True)
class OpenCustomer(Open):
    label, permission = _("Open a customer for a purpose"), READ
    form = OpenCustomerForm
    intro = _("You see customers only while you work on their case. Say whom, and what for.")

    def find(self, request: StaffRequest, ctx: Context, data: dict[str, Any]) -> Party | None:
        found = searching.named_in_full(ctx, request.user, data["number"], purpose=data["purpose"])
        return Party.objects.get(pk=found[0]) if len(found) == 1 else None
