"""The quote, the answers once more, the submission (screen S10.2-10.4): what was shown is what is submitted (P28)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import ActForm, StaffAdmin, StaffRequest, act, brief, page_of
from apps.core.admin.pages import Section
from apps.core.context import Context
from apps.core.errors import BusinessError, Conflict, Refusal
from apps.core.idempotency import once
from apps.endorsements import acting, acts, selectors, wording
from apps.endorsements import services as endorsements
from apps.endorsements.base import TYPES
from apps.endorsements.models import Endorsement, Quote
from apps.endorsements.states import Signer
from apps.parties import selectors as parties

from . import showing
from .filing import papers_of
from .questions import Question, Sheet
from .steps import PAGE, Step, say, step_url
from .wizard import Asked

CHANGED = ("quote_changed", "quote_missing", "quote_expired")


class DigestForm(ActForm):
    """``digest`` is the fingerprint of the quote that stands on the page."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)


def differs(case: Endorsement, seen: str) -> list[Section]:
    """The lines that differ between the quote somebody saw and the one that holds now."""
    old = Quote.objects.filter(endorsement=case, digest=seen).order_by("-pk").first()
    if old is None or case.quote is None:
        return []
    found = showing.changes(old.content, case.quote.content)
    return [found] if found else []


def again(case: Endorsement) -> Endorsement:
    """The case as it stands now."""
    return Endorsement.objects.select_related("quote", "policy").get(pk=case.pk)


@act(PAGE)
class ShowQuote(Step):
    """试算: what the change does and costs; priced anew by a button where it has run out or the policy has moved."""

    name, label = "quote", _("Quote")
    template = "staff/endorsements/quote.html"
    does = acts.Act.SUBMIT

    def view(self, page: StaffAdmin, request: StaffRequest, pk: int | None = None) -> HttpResponse:
        assert pk is not None
        case = page.object_of(request, pk, self.permission)
        assert isinstance(case, Endorsement)
        if self.why_not(request.ctx, case):
            return HttpResponseRedirect(page_of(case, case.pk))
        if request.method == "POST":
            return self.priced(page, request, case)
        return self.page(page, request, case)

    def priced(self, page: StaffAdmin, request: StaffRequest, case: Endorsement) -> HttpResponse:
        seen = case.quote.digest if case.quote else ""
        endorsements.quote(request.ctx, case.pk)
        case = again(case)
        return self.page(page, request, case, changed=differs(case, seen))

    def page(self, page: StaffAdmin, request: StaffRequest, case: Endorsement, **more: Any) -> HttpResponse:
        stale = selectors.is_stale(case, request.ctx.business_date)
        shown = showing.sections(case.quote.content) if case.quote else []
        barred = bool(case.quote and showing.refusals(case.quote.content))
        return self.shown(page, request, case, sections=shown, stale=stale, barred=barred, **more)


@act(PAGE)
class Check(Step):
    """核对并提交: every answer with the way back to it; the button says what is submitted."""

    name, label = "check", _("Check your answers")
    template = "staff/endorsements/check.html"
    does = acts.Act.SUBMIT

    def view(self, page: StaffAdmin, request: StaffRequest, pk: int | None = None) -> HttpResponse:
        assert pk is not None
        case = page.object_of(request, pk, self.permission)
        assert isinstance(case, Endorsement)
        if request.method != "POST":
            if self.why_not(request.ctx, case):
                return HttpResponseRedirect(page_of(case, case.pk))
            return self.page(page, request, case, self.form_of(case))
        form = DigestForm(request.POST)
        if not form.is_valid():
            return self.page(page, request, case, form, status=422)
        try:
            return self.submitted(request, case, form.cleaned_data)
        except BusinessError as error:
            changed = self.look_again(request.ctx, case, error, form.cleaned_data["digest"])
            case = again(case)
            fresh = self.form_of(case)
            say(fresh, error)
            return self.page(page, request, case, fresh, status=error.status, changed=changed)

    def form_of(self, case: Endorsement) -> DigestForm:
        """A form for the quote that is shown, under a new key; bound, so that it can say what was wrong."""
        blank = DigestForm()
        data = {"key": str(blank["key"].value()), "digest": case.quote.digest if case.quote else ""}
        form = DigestForm(data)
        form.full_clean()
        return form

    def look_again(self, ctx: Context, case: Endorsement, error: BusinessError, seen: str) -> list[Section]:
        """What changed since it was shown, priced anew."""
        if error.code not in CHANGED:
            return []
        endorsements.quote(ctx, case.pk)
        return differs(again(case), seen)

    def submitted(self, request: StaffRequest, case: Endorsement, data: Mapping[str, Any]) -> HttpResponse:
        ctx, user = request.ctx, request.user
        told = {"step": self.name, "on": case.pk, "digest": data["digest"]}
        answer = once(ctx.actor, str(data["key"]), told, lambda: _submit(ctx, user, case.pk, data["digest"]))
        messages.success(request, answer["message"])
        return HttpResponseRedirect(page_of(case, case.pk))

    def page(
        self, page: StaffAdmin, request: StaffRequest, case: Endorsement, form: DigestForm, **more: Any
    ) -> HttpResponse:
        content = case.quote.content if case.quote else None
        money = [showing.figures(content)] if content else []
        return self.shown(
            page,
            request,
            case,
            form=form,
            answers=answers(request, case),
            rest=_rest(case),
            money=money,
            bars=showing.bars(content) if content else [],
            button=submit_label(case),
            **more,
        )


def answers(request: StaffRequest, case: Endorsement) -> list[tuple[str, list[tuple[Any, str]]]]:
    """What was answered, item by item, as the form would show it."""
    leading = {item.code: item for item in selectors.items_of(case.pk) if item.policy_id == case.policy_id}
    known = {code: TYPES[code].shown(selectors.change_of(item)) for code, item in leading.items()}
    asked = Asked(request, case.policy, list(leading), known, typed=False)
    return [(wording.item(sheet.code), list(_told(sheet))) for sheet in asked.sheets]


def _told(sheet: Sheet) -> Any:
    for each in sheet.questions():
        if isinstance(each, Question):
            yield each.label, _value(each)
            continue
        for number, row in enumerate(each.rows, 1):
            yield f"{each.label} {number}", " · ".join(_value(question) for question in row)
        if not each.rows:
            yield each.label, _now("none")


def _value(question: Question) -> str:
    if question.control == "checkbox":
        return _now("Yes") if question.value else _now("No")
    if question.control == "amount" and question.value:
        return brief(Decimal(question.value))
    if question.control == "share":
        return f"{question.value} %"
    return str(dict(question.options).get(question.value, question.value))


def _rest(case: Endorsement) -> list[tuple[Any, str, str]]:
    """Papers, signatures and the account, each with the step where it is changed."""
    papers = papers_of(case)
    missing = [paper.label for paper in papers if paper.missing]
    told = _now("all {n} are here").format(n=len(papers)) if not missing else _now("still missing: {papers}")
    signed = [wording.label(Signer, each) for each in selectors.signed(case.pk)]
    rows = [
        (_("Papers"), told.format(papers=_now(", ").join(missing)), step_url(case, "papers")),
        (_("Signed by"), _now(", ").join(signed) or _now("nobody yet"), step_url(case, "papers")),
    ]
    if case.account_id:
        label = parties.account_labels([case.account_id]).get(case.account_id, "")
        rows.append((_("Account for money paid out"), label, step_url(case, "papers")))
    return [*rows, (_("Note for the colleague who checks"), case.note or "—", step_url(case, "questions"))]


def submit_label(case: Endorsement) -> str:
    """The act by its name: 提交加保申请."""
    codes = dict.fromkeys(item.code for item in selectors.items_of(case.pk))
    return _now("Submit: {items}").format(items=_now(", ").join(map(wording.item, codes)))


def _submit(ctx: Context, user: Any, case_id: int, seen: str) -> dict[str, str]:
    """Submit upon the very quote that was shown; what is complete goes on as far as this person may take it."""
    if endorsements.quote(ctx, case_id).digest != seen:
        raise Conflict(Refusal("quote_changed"))
    case = endorsements.submit(ctx, case_id)
    for does, step in ((acts.Act.ACCEPT, endorsements.accept), (acts.Act.EXAMINE, endorsements.examine)):
        if acting.why_not(ctx, user, again(case), does) is None:
            case = step(ctx, case_id)
    case = again(case)
    told = _now("Case {number} was submitted. It is now: {state}.")
    return {"message": told.format(number=case.number, state=case.get_status_display())}
