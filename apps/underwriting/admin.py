"""The underwriter's pages: the queue, a referral with its facts and reasons on one page, the decision (screen S9)."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import (
    Act,
    ActForm,
    Choice,
    Column,
    Done,
    Fact,
    Facts,
    Figure,
    ReasonForm,
    StaffAdmin,
    StaffRequest,
    Stage,
    Table,
    act,
    badge,
    day,
    figure,
    link,
    money,
    no_edge,
    tab,
    who,
)
from apps.core.admin.pages import Section, Text
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.policies import selectors as policies

from . import selectors
from . import services as underwriting
from .models import OPEN, Referral
from .selectors import ABOVE, DECIDE, READ, WORK
from .states import Exam, ReferralStatus

PAGE = "underwriting.referral"
ASSIGN = "work_assign.E"
TONES = {
    ReferralStatus.OPEN: "warn",
    ReferralStatus.EXAM_ORDERED: "busy",
    ReferralStatus.ACCEPTED: "good",
    ReferralStatus.DECLINED: "bad",
    ReferralStatus.WITHDRAWN: "plain",
}
AMOUNT = re.compile(r"\d+\.\d\d")
FACTS: Mapping[str, Text] = {
    "age": _("Age"),
    "sum_at_risk": _("Sum at risk"),
    "sum_assured_before": _("Sum assured before"),
    "sum_assured_after": _("Sum assured after"),
    "occupation_class": _("Occupation class"),
    "items": _("What is asked for"),
}


def state(row: Referral) -> str:
    return badge(row.get_status_display(), TONES[ReferralStatus(row.status)])


def amount(row: Referral) -> str:
    return money(row.amount)


def told(value: Any) -> str:
    """A frozen fact as a person reads it, however deep it is."""
    match value:
        case dict():
            return "; ".join(f"{named(key)}: {told(each)}" for key, each in value.items())
        case list():
            return " · ".join(told(each) for each in value)
        case str() if AMOUNT.fullmatch(value):
            return f"{Decimal(value):,}"
        case _:
            return str(value)


def known(facts: Mapping[str, Any]) -> list[Fact]:
    """The frozen facts, those we have words for first and in their order."""
    keys = [*(key for key in FACTS if key in facts), *(key for key in facts if key not in FACTS)]
    return [Fact(named(key), told(facts[key])) for key in keys]


def named(key: str) -> str:
    return str(FACTS.get(key) or key.replace("_", " "))


COLUMNS = (
    Column(_("State"), state),
    Column(_("Amount at stake"), amount, numeric=True),
    Column(_("Asked on"), "asked_on"),
    Column(_("Underwriter"), lambda row: row.assignee or ""),
    Column(_("Decided on"), "decided_on"),
)


class Assigned(Choice):
    """Whether somebody has it in hand."""

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(assignee__isnull=value == "none")


@admin.register(Referral)
class ReferralAdmin(StaffAdmin):
    read = READ
    search_hint = _("Referral number or policy number")
    related = ("policy", "assignee")
    columns = (
        Column(_("Referral number"), "number"),
        Column(_("Policy"), lambda row: link(row.policy)),
        *COLUMNS,
    )
    filters = (
        Choice("status", _("State"), ReferralStatus.choices),
        Assigned("taken", _("In hand"), [("none", _("Nobody's yet")), ("some", _("Taken"))]),
    )

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.visible_to(request.user)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.reached_by(request.user, permission)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        known = policies.ids_by_number([text.upper()])
        return rows.filter(policy__in=list(known.values())) if known else rows.filter(number=text.upper())

    def badges(self, obj: Referral) -> Sequence[str]:
        return [state(obj)]

    def highlights(self, request: StaffRequest, obj: Referral) -> Sequence[Fact]:
        exam = Fact(_("Examination"), obj.get_exam_display(), day(obj.exam_reported_on or obj.exam_ordered_on))
        return [
            Fact(_("Policy"), link(obj.policy)),
            Fact(_("Amount at stake"), amount(obj)),
            Fact(_("Asked by"), who(obj.asked_by), day(obj.asked_on)),
            Fact(_("Underwriter"), obj.assignee),
            *([exam] if obj.exam else []),
            *([Fact(_("Decided by"), who(obj.decided_by), day(obj.decided_on))] if obj.decided_by else []),
        ]

    def stages(self, obj: Referral) -> Sequence[Stage]:
        examined = [Stage(ReferralStatus.EXAM_ORDERED.label, "done" if obj.exam_reported_on else "now")]
        ended = obj.status not in OPEN
        here = "done" if ended or obj.status == ReferralStatus.EXAM_ORDERED else "now"
        end = [Stage(obj.get_status_display(), "done" if obj.status == ReferralStatus.ACCEPTED else "off")]
        return [
            *(examined if obj.exam else []),
            Stage(ReferralStatus.OPEN.label, here),
            *(end if ended else [Stage(ReferralStatus.ACCEPTED.label)]),
        ]

    def overview(self, request: StaffRequest, obj: Referral) -> Sequence[Section]:
        why = Table([Column(_("Reason"), str)], selectors.reasons(obj), _("Why it was referred"))
        then = Facts(known(obj.facts), _("What was known then"))
        return [why, then, *([Facts(decision(obj), _("Decision"))] if obj.decided_by else [])]


def decision(obj: Referral) -> list[Fact]:
    """What was decided, on which terms, and why."""
    found = selectors.decision(obj)
    reason = Fact(_("Reason"), selectors.written(obj, "reason"))
    if found is None:
        return [Fact(_("Decision"), obj.get_status_display()), reason]
    if found.is_standard:
        return [Fact(_("Decision"), _("Standard terms")), reason]
    return [
        Fact(_("Extra premium in per cent"), found.extra_percent),
        Fact(_("Extra premium per mille of the sum assured"), found.extra_per_mille),
        Fact(_("Exclusion"), found.exclusion),
        reason,
    ]


@tab("policies.policy", _("Underwriting"), order=58, permission=READ)
def referrals(request: StaffRequest, policy: Any) -> Sequence[Section]:
    rows = Referral.objects.filter(policy=policy).select_related("assignee").order_by("-pk")[:50]
    number = Column(_("Referral"), link)
    return [Table([number, *COLUMNS], rows, _("Referrals"), _("Nothing was referred yet."))]


@figure(_("Underwriting"), permission=WORK, order=28)
def waiting(request: StaffRequest) -> Sequence[Figure]:
    """What nobody has taken yet, and what this person has in hand."""
    free, mine = selectors.waiting_for(request.user)
    address = "/admin/underwriting/referral/?status=OPEN"
    return [
        Figure(_("referrals nobody has taken"), free, f"{address}&taken=none", "warn" if free else "plain", waits=True),
        Figure(_("referrals in your hands"), mine, f"{address}&taken=some", "warn" if mine else "plain", waits=True),
    ]


class OfReferral(Act):
    """Acts on a referral; each shows once more what it is about."""

    def over(self, obj: Referral) -> bool:
        return obj.status not in OPEN

    def facts(self, obj: Referral) -> list[Fact]:
        return [
            Fact(_("Policy"), obj.policy),
            Fact(_("Amount at stake"), amount(obj)),
            Fact(_("Why it was referred"), " ".join(str(each) for each in selectors.reasons(obj))),
            Fact(_("Asked by"), who(obj.asked_by), day(obj.asked_on)),
        ]


@act(PAGE)
class Take(OfReferral):
    name, label, permission, main = "take", _("Take"), WORK, True
    bulk = True
    intro = _("It is yours to decide from now on.")

    def why_not(self, ctx: Context, obj: Referral) -> Refusal | None:
        if obj.assignee_id:
            return Refusal("referral_taken", {"underwriter": obj.assignee})
        return Refusal("same_person") if obj.asked_person == ctx.person else None

    def run(self, ctx: Context, obj: Referral, data: dict[str, Any]) -> Done:
        underwriting.take(ctx, obj.pk)
        return Done(_now("Referral {number} is yours.").format(number=obj.number))


class AssignForm(ActForm):
    underwriter_id = forms.TypedChoiceField(label=_("Underwriter"), coerce=int, choices=())


@act(PAGE)
class Assign(OfReferral):
    name, label, permission, form = "assign", _("Give to an underwriter"), ASSIGN, AssignForm
    intro = _("Who gives a referral away does not decide it himself afterwards.")

    def prepare(self, form: ActForm, obj: Referral) -> None:
        field = form.fields["underwriter_id"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(user.pk, user.name) for user in selectors.underwriters(obj)]

    def run(self, ctx: Context, obj: Referral, data: dict[str, Any]) -> Done:
        done = underwriting.assign(ctx, obj.pk, **data)
        return Done(_now("Referral {number} is with {name}.").format(number=obj.number, name=done.assignee))


class ExamForm(ActForm):
    exam = forms.ChoiceField(label=_("Examination"), choices=Exam.choices)


@act(PAGE)
class OrderExam(OfReferral):
    name, label, permission, form = "order_exam", _("Order an examination"), WORK, ExamForm
    intro = _("The decision and our periods wait until its report is in.")

    def why_not(self, ctx: Context, obj: Referral) -> Refusal | None:
        return no_edge(obj, ReferralStatus.EXAM_ORDERED)

    def run(self, ctx: Context, obj: Referral, data: dict[str, Any]) -> Done:
        underwriting.order_exam(ctx, obj.pk, exam=Exam(data["exam"]))
        return Done(_now("The examination is ordered."))


@act(PAGE)
class NoteExamReport(OfReferral):
    name, label, permission = "exam_report", _("The report is in"), WORK
    intro = _("The report itself is filed with the case, not here.")

    def why_not(self, ctx: Context, obj: Referral) -> Refusal | None:
        return no_edge(obj, ReferralStatus.OPEN)

    def run(self, ctx: Context, obj: Referral, data: dict[str, Any]) -> Done:
        underwriting.note_exam_report(ctx, obj.pk)
        return Done(_now("The referral can be decided."))


class Decision(OfReferral):
    """Deciding what one has in hand, within one's authority; who may decide above it has a button of his own."""

    permission = DECIDE
    target: ReferralStatus

    def offered(self, request: StaffRequest) -> bool:
        return self.permission == ABOVE or not request.user.has_perm(ABOVE)

    def why_not(self, ctx: Context, obj: Referral) -> Refusal | None:
        return no_edge(obj, self.target) or underwriting.why_not_decide(ctx, obj)


class AcceptForm(ReasonForm):
    extra_percent = forms.DecimalField(
        label=_("Extra premium in per cent"), max_digits=7, decimal_places=2, initial=0, localize=False
    )
    extra_per_mille = forms.DecimalField(
        label=_("Extra premium per mille of the sum assured"),
        max_digits=7,
        decimal_places=2,
        initial=0,
        localize=False,
        help_text=_("Yuan a year for each thousand of sum assured."),
    )
    exclusion = forms.CharField(
        label=_("Exclusion"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ("extra_percent", "extra_per_mille", "exclusion", "reason")


@act(PAGE)
class Accept(Decision):
    name, label, main, form = "accept", _("Accept"), True, AcceptForm
    target = ReferralStatus.ACCEPTED
    intro = _("Leave the extras at zero and the exclusion empty for standard terms.")

    def run(self, ctx: Context, obj: Referral, data: dict[str, Any]) -> Done:
        underwriting.accept(ctx, obj.pk, **data)
        return Done(_now("Referral {number} is accepted.").format(number=obj.number))


@act(PAGE)
class AcceptAbove(Accept):
    name, permission = "accept_above", ABOVE


@act(PAGE)
class Decline(Decision):
    name, label, form = "decline", _("Decline"), ReasonForm
    target = ReferralStatus.DECLINED
    intro = _("The change is not made, on any terms.")

    def run(self, ctx: Context, obj: Referral, data: dict[str, Any]) -> Done:
        underwriting.decline(ctx, obj.pk, reason=data["reason"])
        return Done(_now("Referral {number} is declined.").format(number=obj.number))


@act(PAGE)
class DeclineAbove(Decline):
    name, permission = "decline_above", ABOVE
