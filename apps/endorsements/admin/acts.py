"""What may be done on a case's page: each button calls one service, and a grey one says why (screen S6.4)."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Act, ActForm, Done, Fact, ReasonForm, StaffAdmin, StaffRequest, act, page_of
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.documents.states import WRITTEN_BY_US, DocumentKind
from apps.endorsements import acts, reasons, selectors, wording
from apps.endorsements import services as endorsements
from apps.endorsements.base import TYPES
from apps.endorsements.models import OPEN, Endorsement, EndorsementItem
from apps.endorsements.reasons import RejectReason
from apps.endorsements.services.cases import wrong_state
from apps.endorsements.states import Channel
from apps.endorsements.states import EndorsementStatus as S
from apps.parties import selectors as parties

from . import columns, showing
from .steps import HANDLE, MAKE, PAGE, step_url

REVERSAL = "ENDORSEMENT_REVERSAL"
CHOOSE = ("", _("Please choose"))


class OfCase(Act):
    """Acts on a case: not there at all once the case is over, grey where its state does not allow them."""

    does: acts.Act

    def over(self, obj: Endorsement) -> bool:
        return obj.status not in OPEN

    def why_not(self, ctx: Context, obj: Endorsement) -> Refusal | None:
        error = wrong_state(obj, self.does)
        return error.refusals[0] if error else None

    def facts(self, obj: Endorsement) -> list[Fact]:
        return [Fact(_("Policy"), obj.policy), Fact(_("Items"), columns.items(obj))]

    def say(self, refusal: Refusal) -> str:
        return wording.told(refusal)


def _told(case: Endorsement) -> Done:
    """What became of the case."""
    case = Endorsement.objects.get(pk=case.pk)
    told = _now("Case {number} is now: {state}.")
    return Done(told.format(number=case.number, state=case.get_status_display()))


@act(PAGE)
class GoOn(OfCase):
    """A draft is gone on with where it was left."""

    name, label, permission, main = "go_on", _("Go on with the draft"), MAKE, True
    does = acts.Act.EDIT

    def over(self, obj: Endorsement) -> bool:
        return obj.status != S.DRAFT

    def view(self, page: StaffAdmin, request: StaffRequest, pk: int | None = None) -> HttpResponse:
        assert pk is not None
        case = page.object_of(request, pk, self.permission)
        assert isinstance(case, Endorsement)
        draft = case.status == S.DRAFT
        return HttpResponseRedirect(step_url(case, "questions") if draft else page_of(case, case.pk))


@act(PAGE)
class TakePapers(GoOn):
    """Papers and signatures that come later."""

    name, label = "take_papers", _("Receive papers and signatures")

    def over(self, obj: Endorsement) -> bool:
        return obj.status not in acts.COLLECTING

    def view(self, page: StaffAdmin, request: StaffRequest, pk: int | None = None) -> HttpResponse:
        assert pk is not None
        case = page.object_of(request, pk, self.permission)
        assert isinstance(case, Endorsement)
        return HttpResponseRedirect(step_url(case, "papers"))


@act(PAGE)
class Accept(OfCase):
    name, label, permission, main = "accept", _("Accept"), HANDLE, True
    does = acts.Act.ACCEPT
    intro = _("The request is complete, conforming and signed. The effective days are fixed now.")

    def over(self, obj: Endorsement) -> bool:
        return obj.status not in acts.COLLECTING

    def run(self, ctx: Context, obj: Endorsement, data: dict[str, Any]) -> Done:
        return _told(endorsements.accept(ctx, obj.pk))


@act(PAGE)
class Examine(OfCase):
    name, label, permission, main = "examine", _("Examine"), HANDLE, True
    does = acts.Act.EXAMINE
    intro = _("It goes to underwriting or to a second person where it must, and is done where it need not.")

    def over(self, obj: Endorsement) -> bool:
        return obj.status not in (*acts.COLLECTING, S.ACCEPTED)

    def run(self, ctx: Context, obj: Endorsement, data: dict[str, Any]) -> Done:
        return _told(endorsements.examine(ctx, obj.pk))


@act(PAGE)
class SendOn(OfCase):
    name, label, permission, main = "send_on", _("Send on"), HANDLE, True
    does = acts.Act.SEND_ON
    intro = _("After underwriting has answered, or when the case was sent back to you.")

    def over(self, obj: Endorsement) -> bool:
        return obj.status not in (S.IN_REVIEW, S.UW_REFERRED)

    def run(self, ctx: Context, obj: Endorsement, data: dict[str, Any]) -> Done:
        return _told(endorsements.send_on(ctx, obj.pk))


class RejectForm(ActForm):
    code = forms.ChoiceField(label=_("Reason"), choices=[CHOOSE, *RejectReason.choices])
    text = forms.CharField(
        label=_("In words, for the customer"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


@act(PAGE)
class Refuse(OfCase):
    """不同意 by who examines; a checker refuses on the review page."""

    name, label, permission, form = "reject", _("Do not agree"), HANDLE, RejectForm
    does = acts.Act.REJECT
    intro = _("The request is refused, and the customer is told why.")

    def over(self, obj: Endorsement) -> bool:
        return obj.status not in (S.IN_REVIEW, S.UW_REFERRED)

    def run(self, ctx: Context, obj: Endorsement, data: dict[str, Any]) -> Done:
        return _told(endorsements.reject(ctx, obj.pk, reason=reasons.written(data["code"], data["text"])))


@act(PAGE)
class Withdraw(OfCase):
    name, label, permission, form = "withdraw", _("Withdraw"), MAKE, ReasonForm
    does = acts.Act.WITHDRAW
    intro = _("The customer wants it no more. Money paid for it goes back into suspense; the contract stays as it is.")

    def run(self, ctx: Context, obj: Endorsement, data: dict[str, Any]) -> Done:
        return _told(endorsements.withdraw(ctx, obj.pk, reason=data["reason"]))


class WaiveForm(ReasonForm):
    kind = forms.ChoiceField(label=_("Paper"))
    field_order = ("kind", "reason")


@act(PAGE)
class WaivePaper(OfCase):
    name, label, permission, form = "waive", _("Do without a paper"), HANDLE, WaiveForm
    does = acts.Act.WAIVE

    def over(self, obj: Endorsement) -> bool:
        return obj.status not in acts.COLLECTING

    def prepare(self, form: ActForm, obj: Endorsement) -> None:
        missing = selectors.papers_missing(obj.pk)
        _choices(form, "kind", [(kind, wording.paper(kind)) for kind in missing])

    def run(self, ctx: Context, obj: Endorsement, data: dict[str, Any]) -> Done:
        endorsements.waive_paper(ctx, obj.pk, data["kind"], reason=data["reason"])
        return Done(_now("The paper is not needed for this case."))


class MoreForm(ReasonForm):
    kinds = forms.MultipleChoiceField(label=_("Papers"), widget=forms.CheckboxSelectMultiple)
    field_order = ("kinds", "reason")


@act(PAGE)
class RequestMore(OfCase):
    """追加材料 (W5): the customer was told everything once; whatever is asked for later needs a reason."""

    name, label, permission, form = "request_more", _("Ask for more papers"), HANDLE, MoreForm
    does = acts.Act.REQUEST_PAPERS
    intro = _("The customer was told the whole list once. Say why more is needed; he is told.")

    def over(self, obj: Endorsement) -> bool:
        return obj.status not in acts.COLLECTING

    def prepare(self, form: ActForm, obj: Endorsement) -> None:
        known = set(obj.papers.values_list("kind", flat=True))
        _choices(form, "kinds", [each for each in DocumentKind.choices if each[0] not in {*known, *WRITTEN_BY_US}])

    def run(self, ctx: Context, obj: Endorsement, data: dict[str, Any]) -> Done:
        endorsements.request_more(ctx, obj.pk, data["kinds"], reason=data["reason"])
        return Done(_now("The papers are on the list."))


class AccountForm(ActForm):
    account = forms.TypedChoiceField(label=_("Account of the policyholder for the money paid out"), coerce=int)


@act(PAGE)
class NameAccount(OfCase):
    """收款账户: where money for the policyholder goes, if the case pays out (B-10)."""

    name, label, permission, form = "name_account", _("Name the account"), MAKE, AccountForm
    does = acts.Act.ACCOUNT
    field_of = {"account_not_holders": "account"}

    def over(self, obj: Endorsement) -> bool:
        paid = obj.quote is not None and showing.pays_out(obj.quote.content)
        return not paid or wrong_state(obj, acts.Act.ACCOUNT) is not None

    def prepare(self, form: ActForm, obj: Endorsement) -> None:
        accounts = parties.payee_accounts(obj.policy.holder_id)
        _choices(form, "account", [(account.id, account.label) for account in accounts])

    def run(self, ctx: Context, obj: Endorsement, data: dict[str, Any]) -> Done:
        endorsements.name_account(ctx, obj.pk, data["account"])
        return Done(_now("The account is noted."))


class UndoForm(ReasonForm):
    item = forms.TypedChoiceField(label=_("Item to be undone"), coerce=int, choices=())
    field_order = ("item", "reason")


@act(PAGE)
class Undo(Act):
    """保全回退: begins a case that undoes one item, though it need not be the last; its quote shows what that means."""

    name, label, permission, form = "undo", _("Undo an item"), "endorsement_reverse.C", UndoForm
    intro = _(
        "A case is begun that undoes the change as if it had never been. You see its effects before you submit it."
    )

    def over(self, obj: Endorsement) -> bool:
        return obj.status not in (S.EFFECTIVE, S.PAYOUT, S.CLOSED, S.AWAIT_EFFECT, S.AWAIT_PAYMENT)

    def why_not(self, ctx: Context, obj: Endorsement) -> Refusal | None:
        return None if _standing(obj) else Refusal("item_not_in_effect")

    def prepare(self, form: ActForm, obj: Endorsement) -> None:
        _choices(form, "item", [(item.pk, wording.item(item.code)) for item in _standing(obj)])

    def say(self, refusal: Refusal) -> str:
        return wording.told(refusal)

    def run(self, ctx: Context, obj: Endorsement, data: dict[str, Any]) -> Done:
        public_id = selectors.item_public_id(data["item"])
        case = endorsements.create(
            ctx,
            policy_id=obj.policy_id,
            items=[(REVERSAL, {"item": public_id})],
            channel=Channel.COMPANY,
            note=data["reason"],
        )
        endorsements.quote(ctx, case.pk)
        told = _now("Case {number} was begun. Look at what undoing it means.").format(number=case.number)
        return Done(told, step_url(case, "quote"))


def _standing(case: Endorsement) -> list[EndorsementItem]:
    """The items of a case that are in effect and can be undone: reversals are not."""
    return [
        item
        for item in case.items.all()
        if item.applied_on and not item.undone_on and item.policy_id == case.policy_id
        if not TYPES[item.code].internal
    ]


def _choices(form: ActForm, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)
