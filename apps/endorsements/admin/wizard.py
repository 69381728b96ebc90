"""Begin a case and answer the questions of its items (screen S10.1, S10.5): the case itself is the draft."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import ActForm, StaffAdmin, StaffRequest, act, page_of
from apps.core.admin.pages import Text
from apps.core.api import ids
from apps.core.context import Context
from apps.core.errors import BusinessError, NotFound, Refusal
from apps.core.idempotency import once
from apps.endorsements import acting, selectors, wording
from apps.endorsements import services as endorsements
from apps.endorsements.base import TYPES, EndorsementType
from apps.endorsements.models import Endorsement, EndorsementItem
from apps.endorsements.situation import Situation
from apps.endorsements.states import Channel
from apps.parties import selectors as parties
from apps.parties import services as party_services
from apps.policies import selectors as policies
from apps.policies.models import Policy

from .people import REGISTER, AccountForm, People, PersonForm, named_in
from .questions import Options, Sheet
from .steps import PAGE, Step, path, say, step_url

POLICY = "policies.policy"


class CaseForm(ActForm):
    """What is asked of every case, whatever its items."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    channel = forms.ChoiceField(label=_("How the request reached us"), choices=Channel.choices)
    note = forms.CharField(
        label=_("Note for the colleague who checks"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class Asked:
    """What is asked of a case that is begun or changed: the sheets of its items, and who may be named in them."""

    def __init__(
        self,
        request: StaffRequest,
        policy: Policy,
        codes: Sequence[str],
        known: Mapping[str, Mapping[str, Any]],
        *,
        typed: bool = True,
    ) -> None:
        self.policy = policy
        data = request.POST if typed and request.method == "POST" else None
        self.today = request.ctx.business_date
        self.terms = policies.latest_terms(policy.pk)
        answers = {code: known.get(code) or TYPES[code].current(self.at) for code in codes}
        self.sheets = [Sheet(TYPES[code], answers[code], data, self.options) for code in codes]
        named = [text for sheet in self.sheets for text in sheet.persons()]
        carried = data.copy() if data is not None else QueryDict(mutable=True)
        for text in named:
            carried.appendlist("people", text)
        self.people = People(request.user, policy, self.terms, named_in(request, carried))

    @cached_property
    def at(self) -> Situation:
        """The policy as rules see it: read only where something is begun or barred."""
        return selectors.situation(self.policy.pk, self.today)

    def options(self, kind: str) -> Options:
        """What may be chosen where an id of this kind is asked for."""
        if kind == "party":
            return self._people
        if kind == "bank_account":
            return [(ids.write(kind, each.public_id), each.label) for each in self._accounts]
        if kind == "endorsement_item":
            return self._items
        return []

    @property
    def _people(self) -> Options:
        return self.people.options()

    @cached_property
    def _accounts(self) -> list[Any]:
        return parties.payee_accounts(self.terms.holder)

    @cached_property
    def _items(self) -> Options:
        standing = selectors.standing(self.policy.pk)
        return [
            (ids.write("endorsement_item", each.public_id), f"{wording.item(each.code)} · {each.endorsement.number}")
            for each in standing
        ]

    @property
    def asks_for_persons(self) -> bool:
        return any(sheet.asks_for_persons for sheet in self.sheets)

    @property
    def asks_for_account(self) -> bool:
        return any(getattr(each, "kind", "") == "bank_account" for s in self.sheets for each in s.input.fields.values())

    def read(self) -> dict[str, dict[str, Any]] | None:
        """The answers by item; None if something is wrong, which then stands at its place."""
        found = {sheet.code: sheet.read() for sheet in self.sheets}
        seen = {value for value, _label in self.people.options()}
        if any(text and text not in seen for sheet in self.sheets for text in sheet.persons()):
            raise NotFound(Refusal("not_found"))
        return None if None in found.values() else found  # type: ignore[return-value]

    def put_person(self, public_id: str, relationship: str) -> None:
        """A newcomer goes into the first list of people there is."""
        for sheet in self.sheets:
            for name, many in sheet.lists():
                row = {"party": public_id} if "party" in many else {}
                field = many.get("relationship")
                told = next((key for key, stored in getattr(field, "values", {}).items() if stored == relationship), "")
                if row:
                    sheet.add_row(name, row | ({"relationship": told} if told else {}))
                    return

    def wrong(self) -> list[tuple[str, Text, str]]:
        return [each for sheet in self.sheets for each in sheet.wrong()]


ITEMS_TEMPLATE = "staff/endorsements/items.html"


def choosing(
    step: Step, page: StaffAdmin, request: StaffRequest, obj: Any, policy: Policy, chosen: Sequence[str], action: str
) -> HttpResponse:
    """The choice of items, several for one case; what is barred now stands there with the reasons (B3).

    The form only asks: nothing exists before the questions are answered.
    """
    at = selectors.situation(policy.pk, request.ctx.business_date)
    choices = [
        {"kind": kind, "why_not": [wording.told(each) for each in why], "chosen": kind.code in chosen}
        for kind, why in acting.askable(request.user, at)
    ]
    case = obj if isinstance(obj, Endorsement) else None
    more: dict[str, Any] = {
        "choices": choices,
        "action": action,
        "nothing": "ask" in request.GET,
        "steps": path("items", case),
    }
    return step.shown(page, request, obj, template=ITEMS_TEMPLATE, title=_now("What should change?"), **more)


class Answering(Step):
    """The questions of the chosen items on one page, with what stands now filled in."""

    template = "staff/endorsements/questions.html"
    label = _("Questions")

    def policy_of(self, obj: Any) -> Policy:
        raise NotImplementedError

    def known(self, obj: Any) -> Mapping[str, Mapping[str, Any]]:
        """What the items of a draft say already."""
        return {}

    def save(self, ctx: Context, request: StaffRequest, obj: Any, asked: Asked, items: list, data: dict) -> Endorsement:
        raise NotImplementedError

    def ask(self, page: StaffAdmin, request: StaffRequest, obj: Any, codes: Sequence[str]) -> HttpResponse:
        asked = Asked(request, self.policy_of(obj), codes, self.known(obj))
        if request.method != "POST":
            return self.page(page, request, obj, asked, self.blank(obj))
        form = CaseForm(request.POST)
        if not form.is_valid():
            return self.page(page, request, obj, asked, form, status=422)
        try:
            return self.answered(page, request, obj, asked, form)
        except BusinessError as error:
            say(form, error)
            return self.page(page, request, obj, asked, form, status=error.status)

    def answered(self, page: StaffAdmin, request: StaffRequest, obj: Any, asked: Asked, form: CaseForm) -> HttpResponse:
        do, _colon, place = request.POST.get("do", "save").partition(":")
        match do:
            case "save":
                return self.saved(page, request, obj, asked, form)
            case "add" | "remove":
                _change_rows(asked, do, place)
                return self.once_more(page, request, obj, asked, form)
            case "find":
                found = asked.people.find(request.ctx, request.POST.get("who", ""))
                note = "" if found else _now("Nobody in your area fits.")
                return self.once_more(page, request, obj, asked, form, note=note)
            case "register":
                return self.registered(page, request, obj, asked, form)
            case _:
                return self.account_added(page, request, obj, asked, form)

    def saved(self, page: StaffAdmin, request: StaffRequest, obj: Any, asked: Asked, form: CaseForm) -> HttpResponse:
        values = asked.read()
        if values is None:
            form.add_error(None, _now("Some answers need another look."))
            return self.page(page, request, obj, asked, form, status=422)
        standing = self.known(obj)
        items = [(s.code, None if s.unchanged and s.code in standing else values[s.code]) for s in asked.sheets]
        ctx, data = request.ctx, form.cleaned_data
        told = {"step": self.name, "on": obj.pk, "items": {sheet.code: sheet.body for sheet in asked.sheets}}

        def act() -> dict[str, Any]:
            case = self.save(ctx, request, obj, asked, items, data)
            endorsements.quote(ctx, case.pk)
            return {"case": case.pk}

        answer = once(ctx.actor, str(data["key"]), told, act)
        return HttpResponseRedirect(step_url(Endorsement(pk=answer["case"]), "papers"))

    def registered(
        self, page: StaffAdmin, request: StaffRequest, obj: Any, asked: Asked, form: CaseForm
    ) -> HttpResponse:
        page.site.require(request, REGISTER)
        person = PersonForm(request.POST)
        if not person.is_valid():
            return self.page(page, request, obj, asked, form, status=422, person=person)
        told = {"step": "register", **{name: str(value) for name, value in person.cleaned_data.items()}}
        public_id = once(
            request.ctx.actor,
            str(form.cleaned_data["key"]),
            told,
            lambda: asked.people.register(request.ctx, person.cleaned_data),
        )
        asked.put_person(public_id, person.cleaned_data["relationship"])
        return self.once_more(
            page, request, obj, asked, form, note=_now("The person was registered and can be chosen.")
        )

    def account_added(
        self, page: StaffAdmin, request: StaffRequest, obj: Any, asked: Asked, form: CaseForm
    ) -> HttpResponse:
        page.site.require(request, REGISTER)
        account = AccountForm(request.POST)
        if not account.is_valid():
            return self.page(page, request, obj, asked, form, status=422, account=account)
        holder = asked.terms.holder
        party_services.add_bank_account(request.ctx, party_id=holder, **account.cleaned_data)
        return self.once_more(page, request, obj, asked, form, note=_now("The account was added and can be chosen."))

    def once_more(
        self, page: StaffAdmin, request: StaffRequest, obj: Any, asked: Asked, form: CaseForm, note: str = ""
    ) -> HttpResponse:
        """The same questions once more, with all that was typed, under a new key."""
        kept = {name: form.cleaned_data[name] for name in ("revision", "channel", "note")}
        return self.page(page, request, obj, asked, CaseForm(initial=kept), note=note)

    def blank(self, obj: Any) -> CaseForm:
        return CaseForm(initial={"channel": Channel.COUNTER})

    def page(
        self,
        page: StaffAdmin,
        request: StaffRequest,
        obj: Any,
        asked: Asked,
        form: CaseForm,
        *,
        status: int = 200,
        note: str = "",
        person: PersonForm | None = None,
        account: AccountForm | None = None,
    ) -> HttpResponse:
        barred = [
            (sheet, [wording.told(each) for each in self._bars(request, asked, sheet.kind)]) for sheet in asked.sheets
        ]
        may_register = request.user.has_perm(REGISTER)
        case = obj if isinstance(obj, Endorsement) else None
        return self.shown(
            page,
            request,
            obj,
            status=status,
            title=_now("What is to change"),
            form=form,
            asked=asked,
            sheets=barred,
            wrong=asked.wrong(),
            note=note,
            steps=path("questions", case),
            choose=step_url(case, "items") if case else request.path,
            person=person or (PersonForm() if may_register and asked.asks_for_persons else None),
            account=account or (AccountForm() if may_register and asked.asks_for_account else None),
        )

    def _bars(self, request: StaffRequest, asked: Asked, kind: EndorsementType) -> list[Refusal]:
        return [] if kind.internal else list(acting.why_not_ask(request.user, asked.at, kind))


@act(POLICY)
class Begin(Answering):
    """保全申请: choose items, answer their questions; with the answers the case begins."""

    name, label, main, on_page = "begin_endorsement", _("Begin an endorsement"), True, True

    def why_not(self, ctx: Context, obj: Any) -> Refusal | None:
        return None

    def policy_of(self, obj: Policy) -> Policy:
        return obj

    def view(self, page: StaffAdmin, request: StaffRequest, pk: int | None = None) -> HttpResponse:
        assert pk is not None
        policy = page.object_of(request, pk, self.permission)
        assert isinstance(policy, Policy)
        if codes := _codes(request.GET.getlist("item")):
            return self.ask(page, request, policy, codes)
        return choosing(self, page, request, policy, policy, (), request.path)

    def save(self, ctx: Context, request: StaffRequest, obj: Any, asked: Asked, items: list, data: dict) -> Endorsement:
        acting.require_items(ctx, request.user, obj.pk, [code for code, _values in items])
        return endorsements.create(
            ctx, policy_id=obj.pk, items=items, channel=Channel(data["channel"]), note=data["note"]
        )


@act(PAGE)
class ChooseItems(Step):
    """Other items for a draft."""

    name, label = "items", _("Items")

    def view(self, page: StaffAdmin, request: StaffRequest, pk: int | None = None) -> HttpResponse:
        assert pk is not None
        case = page.object_of(request, pk, self.permission)
        assert isinstance(case, Endorsement)
        if self.why_not(request.ctx, case):
            return HttpResponseRedirect(page_of(case, case.pk))
        action = step_url(case, "questions")
        return choosing(self, page, request, case, case.policy, list(_leading(case)), action)


@act(PAGE)
class Change(Answering):
    """修改: the answers of a draft, kept with the revision its editor looked at (P13)."""

    name = "questions"

    def policy_of(self, obj: Endorsement) -> Policy:
        return obj.policy

    def known(self, obj: Endorsement) -> Mapping[str, Mapping[str, Any]]:
        return {code: TYPES[code].shown(selectors.change_of(item)) for code, item in _leading(obj).items()}

    def blank(self, obj: Endorsement) -> CaseForm:
        return CaseForm(initial={"revision": obj.revision, "channel": obj.channel, "note": obj.note})

    def view(self, page: StaffAdmin, request: StaffRequest, pk: int | None = None) -> HttpResponse:
        assert pk is not None
        case = page.object_of(request, pk, self.permission)
        assert isinstance(case, Endorsement)
        if self.why_not(request.ctx, case):
            return HttpResponseRedirect(page_of(case, case.pk))
        return self.ask(page, request, case, _codes(request.GET.getlist("item")) or list(_leading(case)))

    def save(self, ctx: Context, request: StaffRequest, obj: Any, asked: Asked, items: list, data: dict) -> Endorsement:
        acting.require_items(ctx, request.user, obj.policy_id, [code for code, _values in items])
        return endorsements.put_items(ctx, obj.pk, items, seen=data["revision"] or 0, note=data["note"])


def _leading(case: Endorsement) -> dict[str, EndorsementItem]:
    """The items on the case's own policy, by code: those on other policies follow from them."""
    return {item.code: item for item in selectors.items_of(case.pk) if item.policy_id == case.policy_id}


def _codes(asked: Sequence[str]) -> list[str]:
    """The items named in an address, as far as there are such."""
    return [code for code in dict.fromkeys(asked) if code in TYPES and not TYPES[code].internal]


def _change_rows(asked: Asked, do: str, place: str) -> None:
    """Add a row to a list of questions, or take one away: ``BENEFICIARY_CHANGE.beneficiaries.2``."""
    code, name, number = [*place.split("."), "", ""][:3]
    for sheet in asked.sheets:
        if sheet.code == code and name in dict(sheet.lists()):
            if do == "add":
                sheet.add_row(name)
            elif number.isascii() and number.isdigit() and len(number) < 4:
                sheet.remove_row(name, int(number))
