"""Review 复核 (screen S11): one page with all the decision needs, decided upon exactly what is shown; then the next.

Nobody opens his own work here: the page says why, and the service refuses again (P24, P47).
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.accounts import separation
from apps.core.admin import Act, Fact, Facts, Note, StaffAdmin, StaffRequest, act, day, page_of, who
from apps.core.admin.pages import Section
from apps.core.context import Context
from apps.core.errors import BusinessError, NotPermitted, Refusal
from apps.core.idempotency import once
from apps.endorsements import acts, reasons, risks, selectors, wording
from apps.endorsements import services as endorsements
from apps.endorsements.models import Endorsement
from apps.endorsements.reasons import RejectReason, ReturnReason
from apps.endorsements.services.cases import wrong_state

from . import columns, showing, tabs
from .checking import CHANGED, DigestForm, again, answers, differs
from .steps import CHECK, PAGE, Step

APPROVE, SEND_BACK, REFUSE = "approve", "send_back", "refuse"
NEEDED = _("Choose the reason.")


class DecisionForm(DigestForm):
    """Approval needs nothing but the quote that was seen; the others need a reason."""

    reason = forms.ChoiceField(
        label=_("Reason, if you send it back or refuse it"),
        required=False,
        choices=[
            ("", _("Please choose")),
            (_("Send back"), ReturnReason.choices),
            (_("Do not agree"), RejectReason.choices),
        ],
    )
    text = forms.CharField(
        label=_("In words"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


@act(PAGE)
class ReviewCase(Step):
    """复核: request, papers, differences, money, later changes, risks and the maker's note on one page."""

    name, label, permission, main, on_page = "review", _("Review"), CHECK, True, True
    template = "staff/endorsements/review.html"
    does = acts.Act.APPROVE

    def over(self, obj: Endorsement) -> bool:
        return wrong_state(obj, acts.Act.APPROVE) is not None

    def why_not(self, ctx: Context, obj: Endorsement) -> Refusal | None:
        return super().why_not(ctx, obj) or separation.barred(ctx, obj.maker_person, obj.maker)

    def view(self, page: StaffAdmin, request: StaffRequest, pk: int | None = None) -> HttpResponse:
        assert pk is not None
        case = page.object_of(request, pk, self.permission)
        assert isinstance(case, Endorsement)
        if request.method != "POST":
            return self.page(page, request, case, DecisionForm(initial={"digest": _digest(case)}))
        form = DecisionForm(request.POST)
        decision = request.POST.get("decision", APPROVE)
        if form.is_valid() and decision != APPROVE and not form.cleaned_data["reason"]:
            form.add_error("reason", NEEDED)
        if not form.is_valid():
            return self.page(page, request, case, form, status=422)
        try:
            return self.decided(request, case, decision, form.cleaned_data)
        except NotPermitted as error:
            form.add_error(None, wording.told(error.refusals[0]))
            return self.page(page, request, case, form, status=error.status)
        except BusinessError as error:
            return self.look_again(page, request, case, form, error)

    def decided(self, request: StaffRequest, case: Endorsement, decision: str, data: Mapping[str, Any]) -> HttpResponse:
        ctx = request.ctx
        told = {"decision": decision, "on": case.pk, **{name: data[name] for name in ("digest", "reason", "text")}}
        answer = once(ctx.actor, str(data["key"]), told, lambda: _decide(ctx, case.pk, decision, data))
        messages.success(request, answer["message"])
        following = selectors.next_to_review(request.user, case.pk)
        return HttpResponseRedirect(_review_url(following) if following else page_of(case, case.pk))

    def look_again(
        self, page: StaffAdmin, request: StaffRequest, case: Endorsement, form: DecisionForm, error: BusinessError
    ) -> HttpResponse:
        """The new quote with the lines that differ, and the question once more (B9)."""
        seen, changed = form.cleaned_data["digest"], []
        if error.code in CHANGED:
            endorsements.quote(request.ctx, case.pk)
            case = again(case)
            changed = differs(case, seen)
        fresh = DecisionForm(request.POST.copy() | _fresh(case))
        fresh.full_clean()
        for refusal in error.refusals:
            fresh.add_error(None, wording.told(refusal))
        return self.page(page, request, case, fresh, status=error.status, changed=changed)

    def page(
        self, page: StaffAdmin, request: StaffRequest, case: Endorsement, form: DecisionForm, **more: Any
    ) -> HttpResponse:
        shown = [] if self.why_not(request.ctx, case) else _everything(request, case)
        waiting = selectors.to_review(request.user).exclude(pk=case.pk).count()
        stale = bool(shown) and selectors.is_stale(case, request.ctx.business_date)
        title = _now("Review of {number}").format(number=case.number)
        return self.shown(
            page, request, case, title=title, form=form, sections=shown, waiting=waiting, stale=stale, **more
        )


def _decide(ctx: Context, case_id: int, decision: str, data: Mapping[str, Any]) -> dict[str, str]:
    reason = reasons.written(data["reason"], data["text"])
    match decision:
        case "send_back":
            endorsements.send_back(ctx, case_id, reason=reason)
        case "refuse":
            endorsements.reject(ctx, case_id, reason=reason)
        case _:
            endorsements.quote(ctx, case_id)
            endorsements.approve(ctx, case_id, digest=data["digest"])
    case = Endorsement.objects.get(pk=case_id)
    told = _now("Case {number} is now: {state}.").format(number=case.number, state=case.get_status_display())
    return {"message": told}


def _everything(request: StaffRequest, case: Endorsement) -> list[Section]:
    """The request, what is risky about it, the quote as its maker saw it, papers and signatures."""
    note = [Note(_now("Maker's note: {note}").format(note=case.note))] if case.note else []
    flags: list[Section] = [Note(str(each), "warn") for each in risks.of(case, request.ctx.business_date)]
    asked = [Facts([Fact(label, value) for label, value in lines], item) for item, lines in answers(request, case)]
    quote = showing.sections(case.quote.content, settled=True) if case.quote else []
    return [*flags, *note, *_request(case), *asked, *quote, *tabs.papers(request, case)]


def _request(case: Endorsement) -> list[Section]:
    facts = [
        Fact(_("Items"), columns.items(case)),
        Fact(_("Received on"), day(case.received_on), case.get_channel_display()),
        Fact(_("Accepted on"), day(case.accepted_on)),
        Fact(_("Entered by"), who(case.maker), day(case.made_on)),
    ]
    return [Facts(facts, _("The request"))]


def _digest(case: Endorsement) -> str:
    return case.quote.digest if case.quote else ""


def _fresh(case: Endorsement) -> dict[str, str]:
    """A new key, and the quote that stands on the page now."""
    return {"key": str(DigestForm()["key"].value()), "digest": _digest(case)}


def _review_url(pk: int) -> str:
    return reverse("admin:endorsements_endorsement_review", args=[pk])


@act(PAGE, on_list=True)
class Queue(Act):
    """复核队列: the oldest case this person may decide opens at once."""

    name, label, permission, main = "review_queue", _("Review what waits"), CHECK, True

    def view(self, page: StaffAdmin, request: StaffRequest, pk: int | None = None) -> HttpResponse:
        following = selectors.next_to_review(request.user, 0)
        if following:
            return HttpResponseRedirect(_review_url(following))
        messages.info(request, _now("Nothing waits for your approval."))
        return HttpResponseRedirect(f"{page.list_url}?status=SECOND_REVIEW")
