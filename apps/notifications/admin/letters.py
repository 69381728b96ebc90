"""Letters to post 待寄信函: what no electronic channel could bring, printed one by one or a day at once."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Act, ActForm, Choice, Column, DayInput, Fact, StaffAdmin, StaffRequest, act, day, link
from apps.core.admin.pages import Section
from apps.core.context import Context
from apps.core.errors import Refusal, refuse
from apps.notifications import selectors, services
from apps.notifications.models import Letter, Message
from apps.notifications.states import MessageStatus
from apps.policies import selectors as policies

from .messages import history, label, recipient, state, text_of

S = MessageStatus


@admin.register(Letter)
class LetterAdmin(StaffAdmin):
    read = "message_read.R"
    plural = _("Letters to post")
    about = _("What no electronic channel could bring. Print, post, and note the number of the dispatch.")
    search_hint = _("Policy number")
    related = ("policy", "party", "user")
    columns = (
        Column(_("Message"), label),
        Column(_("Policy"), lambda row: row.policy.number if row.policy else ""),
        Column(_("Recipient"), recipient),
        Column(_("State"), lambda row: printed(row)),
        Column(_("For"), "send_on"),
        Column(_("Provider reference"), "provider_ref"),
    )
    filters = (Choice("status", _("State"), [(S.PLANNED, _("To be printed")), (S.SENDING, _("Printed"))]),)

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.letters_reached_by(request.user)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.letters_reached_by(request.user, permission)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        return rows.filter(policy__in=policies.ids_beginning(text))

    def heading(self, obj: Message) -> str:
        return f"{label(obj)} · {obj.policy.number}" if obj.policy else label(obj)

    def badges(self, obj: Message) -> Sequence[str]:
        return [printed(obj)]

    def highlights(self, request: StaffRequest, obj: Message) -> Sequence[Fact]:
        return [
            Fact(_("Policy"), link(obj.policy)),
            Fact(_("Recipient"), recipient(obj)),
            Fact(_("For"), day(obj.send_on)),
            Fact(_("Posted at"), obj.accepted_at),
            Fact(_("Number of the dispatch"), obj.provider_ref),
        ]

    def overview(self, request: StaffRequest, obj: Message) -> Sequence[Section]:
        return [*text_of(obj), *history(obj)]


def printed(row: Message) -> str:
    """A letter under way has been printed, one accepted has been posted."""
    words = {S.PLANNED: _("To be printed"), S.SENDING: _("Printed"), S.ACCEPTED: _("Posted")}
    return state(row, words.get(S(row.status)))


class _Print(Act):
    """Answers with the letters themselves: they are shown in this one answer and kept nowhere."""

    permission = "message_retry.E"
    keyed = False
    intro = _("The letters open in your browser with name and address in plain. Who printed them is recorded.")

    def letters(self, request: StaffRequest, obj: Any, data: dict[str, Any]) -> list[int]:
        """Which letters."""
        raise NotImplementedError

    def perform(self, page: StaffAdmin, request: StaffRequest, obj: Any, form: ActForm) -> HttpResponse:
        letters = services.print_letters(page.site.context_of(request), self.letters(request, obj, form.cleaned_data))
        if not letters:
            raise refuse("no_letters")
        return TemplateResponse(request, "staff/letters.html", {"letters": letters, "back": page.list_url})


class DayForm(ActForm):
    day = forms.DateField(label=_("Letters up to and including"), widget=DayInput)


@act("notifications.letter", on_list=True)
class PrintDay(_Print):
    name, label, main = "print", _("Print the letters of a day"), False
    form = DayForm
    field_of = {"no_letters": "day"}

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, Any]:
        return {"day": request.ctx.business_date}

    def letters(self, request: StaffRequest, obj: Any, data: dict[str, Any]) -> list[int]:
        return selectors.letters_waiting(request.user, self.permission, data["day"])


@act("notifications.letter")
class PrintLetter(_Print):
    name, label, main = "print", _("Print the letter"), True

    def why_not(self, ctx: Context, obj: Message) -> Refusal | None:
        waits = obj.status in (S.PLANNED, S.SENDING)
        return None if waits else Refusal("message_not_for_post", {"status": obj.get_status_display()})

    def letters(self, request: StaffRequest, obj: Any, data: dict[str, Any]) -> list[int]:
        return [obj.pk]
