"""再次验证: acts that ask for the password once more, so that an open screen alone is not enough (P50)."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Act, ActForm, StaffAdmin, StaffRequest
from apps.core.errors import refuse


class StepUpForm(ActForm):
    password = forms.CharField(
        label=_("Your password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "password"])


class StepUp(Act):
    """Asks for the password, counts wrong ones as sign-ins do, and forgets it before anything is done."""

    form = StepUpForm
    field_of = {"password_wrong": "password"}

    def perform(self, page: StaffAdmin, request: StaffRequest, obj: Any, form: ActForm) -> HttpResponse:
        password = form.cleaned_data.pop("password")
        if authenticate(request, username=request.user.username, password=password) is None:
            raise refuse("password_wrong")
        return self.carry_out(page, request, obj, form)

    def carry_out(self, page: StaffAdmin, request: StaffRequest, obj: Any, form: ActForm) -> HttpResponse:
        return super().perform(page, request, obj, form)
