"""Papers, signatures and the account of a case on one page (screen S10.1): told once, taken in as they come (E-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import ActForm, StaffAdmin, StaffRequest, act, page_of
from apps.core.admin.pages import Text
from apps.core.context import Context
from apps.core.errors import BusinessError, Refusal
from apps.core.idempotency import once
from apps.documents import services as documents
from apps.documents.states import DocumentKind
from apps.endorsements import acts, selectors, wording
from apps.endorsements import services as endorsements
from apps.endorsements.models import Endorsement, Material
from apps.endorsements.selectors import CASE
from apps.endorsements.states import EndorsementStatus, MaterialStatus, Signer, Verification
from apps.parties import selectors as parties
from apps.parties import services as party_services

from . import showing
from .people import REGISTER, AccountForm
from .steps import PAGE, Step, say, step_url

FILES = ".jpg,.jpeg,.png,.pdf,.webp"


@dataclass(frozen=True)
class Paper:
    """One paper of the list: what it is called and whether it is there."""

    kind: str
    row: Material | None

    @property
    def label(self) -> str:
        return wording.paper(self.kind)

    @property
    def missing(self) -> bool:
        return self.row is None or self.row.status == MaterialStatus.MISSING


class PapersForm(ActForm):
    """A file or "original seen" for each paper, a way of identification for each signer, an account to be paid to."""

    def __init__(self, *args: Any, case: Endorsement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.papers = papers_of(case)
        given = selectors.signed(case.pk)
        self.wanted = showing.signers_missing(case.quote.content, given) if case.quote else []
        self.signable = [signer for signer in Signer if signer not in given]
        for paper in self.papers:
            if paper.missing:
                self._add_paper(paper)
        for signer in self.signable:
            self.fields[f"sign-{signer}"] = forms.ChoiceField(
                label=signer.label, required=False, choices=[("", _("Not signed yet")), *Verification.choices]
            )
        if case.quote and showing.pays_out(case.quote.content):
            accounts = [(each.id, each.label) for each in parties.payee_accounts(case.policy.holder_id)]
            self.fields["account"] = forms.TypedChoiceField(
                label=_("Account of the policyholder for the money paid out"),
                coerce=int,
                empty_value=None,
                required=False,
                choices=[("", _("Please choose")), *accounts],
                initial=case.account_id,
            )

    def _add_paper(self, paper: Paper) -> None:
        picker = forms.ClearableFileInput(attrs={"accept": FILES})
        self.fields[f"file-{paper.kind}"] = forms.FileField(label=paper.label, required=False, widget=picker)
        self.fields[f"seen-{paper.kind}"] = forms.BooleanField(label=_("Original seen"), required=False)

    def lines(self) -> list[tuple[Paper, Any, Any]]:
        """Each paper with its two controls; none where it is there already."""
        return [
            (paper, self[f"file-{paper.kind}"], self[f"seen-{paper.kind}"]) if paper.missing else (paper, None, None)
            for paper in self.papers
        ]

    def signers(self) -> list[tuple[Any, bool]]:
        """Those who may sign, with whether the case still needs them; the needed ones first."""
        found = [(self[f"sign-{signer}"], signer in self.wanted) for signer in self.signable]
        return sorted(found, key=lambda each: not each[1])

    @property
    def account_field(self) -> Any:
        return self["account"] if "account" in self.fields else None


def papers_of(case: Endorsement) -> list[Paper]:
    """The list of a case: as it was told, or as the quote of a draft would have it."""
    rows = {row.kind: row for row in case.papers.order_by("pk")}
    kinds = showing.papers(case.quote.content) if case.quote and case.status == EndorsementStatus.DRAFT else []
    return [Paper(kind, rows.get(kind)) for kind in dict.fromkeys([*kinds, *rows])]


@act(PAGE)
class Papers(Step):
    """材料与签名: everything the case needs beside the answers; what is not there yet may come later."""

    name, label = "papers", _("Papers and signatures")
    template = "staff/endorsements/papers.html"
    does = acts.Act.SIGN

    def view(self, page: StaffAdmin, request: StaffRequest, pk: int | None = None) -> HttpResponse:
        assert pk is not None
        case = page.object_of(request, pk, self.permission)
        assert isinstance(case, Endorsement)
        if self.why_not(request.ctx, case):
            return HttpResponseRedirect(page_of(case, case.pk))
        if request.method != "POST":
            return self.page(page, request, case, PapersForm(case=case))
        form = PapersForm(request.POST, request.FILES, case=case)
        if not form.is_valid():
            return self.page(page, request, case, form, status=422)
        try:
            if request.POST.get("do") == "account":
                return self.account_added(page, request, case, form)
            return self.saved(request, case, form)
        except BusinessError as error:
            say(form, error)
            return self.page(page, request, case, form, status=error.status)

    def saved(self, request: StaffRequest, case: Endorsement, form: PapersForm) -> HttpResponse:
        ctx, data = request.ctx, form.cleaned_data
        told = {name: str(getattr(value, "name", value)) for name, value in data.items() if name not in ("key", "seen")}
        once(ctx.actor, str(data["key"]), {"step": self.name, "on": case.pk, **told}, lambda: _take_in(ctx, case, data))
        draft = case.status == EndorsementStatus.DRAFT
        return HttpResponseRedirect(step_url(case, "quote") if draft else page_of(case, case.pk))

    def account_added(
        self, page: StaffAdmin, request: StaffRequest, case: Endorsement, form: PapersForm
    ) -> HttpResponse:
        page.site.require(request, REGISTER)
        account = AccountForm(request.POST)
        if not account.is_valid():
            return self.page(page, request, case, form, status=422, account=account)
        added = party_services.add_bank_account(request.ctx, party_id=case.policy.holder_id, **account.cleaned_data)
        endorsements.name_account(request.ctx, case.pk, added.pk)
        return HttpResponseRedirect(request.path)

    def page(
        self,
        page: StaffAdmin,
        request: StaffRequest,
        case: Endorsement,
        form: PapersForm,
        *,
        status: int = 200,
        account: AccountForm | None = None,
    ) -> HttpResponse:
        may_add = form.account_field is not None and request.user.has_perm(REGISTER)
        signed = case.signatures.order_by("pk")
        return self.shown(
            page,
            request,
            case,
            status=status,
            form=form,
            signed=signed,
            account=account or (AccountForm() if may_add else None),
            checklist=step_url(case, "checklist"),
        )


def _take_in(ctx: Context, case: Endorsement, data: dict[str, Any]) -> dict[str, Any]:
    """Whatever came with this form: papers, signatures, the account; then the quote knows of it."""
    for paper in papers_of(case):
        if (file := data.get(f"file-{paper.kind}")) is not None:
            document = _filed(ctx, case, paper.kind, file)
            endorsements.receive_paper(ctx, case.pk, paper.kind, document_id=document)
        elif data.get(f"seen-{paper.kind}"):
            endorsements.receive_paper(ctx, case.pk, paper.kind)
    for signer in Signer:
        if verification := data.get(f"sign-{signer}"):
            endorsements.sign(ctx, case.pk, signer=signer, verification=Verification(verification))
    if (account := data.get("account")) and account != case.account_id:
        endorsements.name_account(ctx, case.pk, account)
    if case.status == EndorsementStatus.DRAFT:
        endorsements.quote(ctx, case.pk)
    return {"case": case.pk}


def _filed(ctx: Context, case: Endorsement, kind: str, file: UploadedFile) -> int:
    known = kind if kind in DocumentKind.values else DocumentKind.OTHER
    document = documents.upload(
        ctx,
        filename=file.name or kind,
        content=file.read(),
        kind=known,
        policy_id=case.policy_id,
        subject_type=CASE,
        subject_id=case.pk,
    )
    return document.pk


@act(PAGE)
class Checklist(Step):
    """一次性告知: the list of papers as it is given to the customer, to be printed (E-02, W5)."""

    name, label = "checklist", _("List of papers for the customer")
    template = "staff/endorsements/checklist.html"
    permission, on_page = "policy_read.R", True

    def over(self, obj: Endorsement) -> bool:
        return obj.status not in (*acts.COLLECTING, EndorsementStatus.DRAFT)

    def why_not(self, ctx: Context, obj: Endorsement) -> Refusal | None:
        return None

    def view(self, page: StaffAdmin, request: StaffRequest, pk: int | None = None) -> HttpResponse:
        assert pk is not None
        case = page.object_of(request, pk)
        assert isinstance(case, Endorsement)
        return self.shown(
            page,
            request,
            case,
            refusal=None,
            papers=papers_of(case),
            items=_labels(case),
            signers=_signers(case),
            holder=parties.masked_names([case.policy.holder_id])[case.policy.holder_id],
        )


def _labels(case: Endorsement) -> Sequence[Text]:
    return list(dict.fromkeys(wording.item(item.code) for item in selectors.items_of(case.pk)))


def _signers(case: Endorsement) -> str:
    wanted = showing.signers_missing(case.quote.content, ()) if case.quote else []
    return _now(", ").join(wording.label(Signer, each) for each in wanted)
