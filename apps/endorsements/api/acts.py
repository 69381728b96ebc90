"""Acts on cases 操作 in the API. Who may do what is decided by the case and by each of its items (``acting``)."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.api import (
    Act,
    Answer,
    Call,
    CodeInput,
    Effect,
    IdInput,
    Input,
    TextInput,
    means,
    operation,
)
from apps.core.api.acting import shown
from apps.core.errors import BusinessError
from apps.documents import selectors as documents
from apps.endorsements import acting, selectors, services
from apps.endorsements.acting import Verdicts
from apps.endorsements.acts import Act as A
from apps.endorsements.models import Endorsement, EndorsementItem
from apps.endorsements.services import cases
from apps.endorsements.states import Channel, Signer, Verification
from apps.parties import selectors as parties

from . import within
from .cases import (
    CREATE,
    ENDORSEMENTS_WRITE,
    EXAMPLE,
    CreateEndorsement,
    EndorsementShape,
    ItemsInput,
    OfCases,
    fault,
    wanted,
)
from .catalogue import READ

means(quote_changed="quote_changed")
HANDLE, CHECK = "endorsement_case.E", "endorsement_case.A"
DIGEST = "0" * 64


class OnCase(OfCases, Act):
    """What all acts on cases share: which it is, and that it is offered by the function that guards it."""

    permission, scope, shape = CREATE, ENDORSEMENTS_WRITE, EndorsementShape
    refusals: ClassVar[tuple[str, ...]] = ("state_conflict", "separation_of_duties")
    does: ClassVar[A]

    @property
    def name(self) -> str:
        return str(self.does.value)

    def reaches(self, call: Call, pk: int) -> bool:
        """In sight, which is asked already; what more it takes says ``acting``."""
        return True

    def lock(self, call: Call, pk: int) -> Endorsement:
        return cases.lock(pk)

    def verdict(self, call: Call, obj: Endorsement) -> BusinessError | None:
        verdicts = call.shared.get("verdicts")
        if verdicts is None or verdicts.case is not obj:
            verdicts = call.shared["verdicts"] = Verdicts(call.ctx, call.user, obj)
        return verdicts.why_not(self.does)

    def act(self, call: Call, obj: Endorsement) -> None:
        ctx = acting.context(call.ctx, call.user, obj, self.does)
        acting.require(ctx, call.user, obj, self.does)
        self.do(call, ctx, obj)

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        """Call the service."""
        raise NotImplementedError


@operation("PUT", "endorsements/{endorsement}/items")
class EditEndorsement(OnCase):
    """Replace the items of a draft."""

    summary = "Change the items of a draft"
    does, precondition, input = A.EDIT, True, ItemsInput
    example = {"items": EXAMPLE}
    pointers = {"item_twice": "/items", "not_in_same_batch": "/items"}

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        items = wanted(call)
        acting.require_items(ctx, call.user, case.policy_id, [code for code, _change in items])
        services.put_items(ctx, case.pk, items, seen=case.revision, note=call.data.get("note", case.note))


@operation("POST", "endorsements/{endorsement}/quote")
class QuoteEndorsement(OnCase):
    """Price the case as it stands; the quote is kept and counts until it expires. It tells what bars the case."""

    summary = "Quote an endorsement"
    permission, does = READ, A.QUOTE

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        services.quote(ctx, case.pk)


class SignatureInput(Input):
    """A signature."""

    signer = CodeInput(Signer, help_text="In what capacity he signs.")
    verification = CodeInput(Verification, help_text="How we made sure who he is.")
    party = IdInput("party", required=False, help_text="Who signs, where the contract does not say it: a guardian.")


@operation("POST", "endorsements/{endorsement}/sign")
class SignEndorsement(OnCase):
    """Note that somebody signed the request, and how we made sure who he is."""

    summary = "Note a signature"
    does, input = A.SIGN, SignatureInput
    example = {"signer": "holder", "verification": "phone_code"}

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        within.require(call, [(SignatureInput, call.data, "")])
        party: UUID | None = call.data.get("party")
        services.sign(
            ctx,
            case.pk,
            signer=call.data["signer"],
            verification=call.data["verification"],
            party_id=parties.ids_by_public([party])[party] if party else None,
        )


class AccountInput(Input):
    """An account."""

    account = IdInput("bank_account", help_text="The policyholder's own.")


@operation("POST", "endorsements/{endorsement}/account")
class NameAccount(OnCase):
    """Name the policyholder's own bank account for money that is paid out."""

    summary = "Name the account for money paid out"
    does, input = A.ACCOUNT, AccountInput
    example = {"account": "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa"}
    pointers = {"account_not_holders": "/account"}

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        within.require(call, [(AccountInput, call.data, "")])
        services.name_account(ctx, case.pk, parties.account_id(call.data["account"]))


@operation("POST", "endorsements/{endorsement}/submit")
class SubmitEndorsement(OnCase):
    """Hand the request in: from this second on it has reached us. Refused with everything that bars it; an error's
    pointer is a place in the case as it is read. The answer lists all papers that are needed."""

    summary = "Submit an endorsement"
    does = A.SUBMIT

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        services.submit(ctx, case.pk)


PAPER = r"of the list, like applicant_id."


class SupplementInput(Input):
    """A paper that came in."""

    paper = TextInput(40, help_text=f"Which {PAPER}")
    document = IdInput("document", required=False, help_text="Filed to the policy; without one, seen as an original.")


@operation("POST", "endorsements/{endorsement}/supplement")
class SupplementEndorsement(OnCase):
    """A paper of the list came in: as a document of the policy, or seen as an original."""

    summary = "Receive a paper"
    does, input = A.SUPPLEMENT, SupplementInput
    example = {"paper": "applicant_id"}
    pointers = {"paper_not_on_list": "/paper"}

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        services.receive_paper(ctx, case.pk, call.data["paper"], document_id=self._document(call, case))

    def _document(self, call: Call, case: Endorsement) -> int | None:
        """The document named, if it is of the same policy and in sight."""
        if "document" not in call.data:
            return None
        filed = documents.of_policy(call.user, case.policy_id).filter(public_id=call.data["document"])
        if found := filed.values_list("pk", flat=True).first():
            return found
        raise fault("/document", _("There is no such document on this policy."))


class WaiveInput(Input):
    """A paper that is not needed."""

    paper = TextInput(40, help_text=f"Which {PAPER}")
    reason = TextInput(400, help_text="For the history; without customer data.")


@operation("POST", "endorsements/{endorsement}/waive")
class WaivePaper(OnCase):
    """Do without a paper of the list."""

    summary = "Do without a paper"
    permission, does, input = HANDLE, A.WAIVE, WaiveInput
    example = {"paper": "applicant_id", "reason": "On file since March"}
    pointers = {"paper_not_on_list": "/paper"}

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        services.waive_paper(ctx, case.pk, call.data["paper"], reason=call.data["reason"])


class MorePapersInput(Input):
    """A paper that was not on the list."""

    paper = TextInput(40, help_text="Which.")
    reason = TextInput(400, help_text="Told to the customer.")


@operation("POST", "endorsements/{endorsement}/request_papers")
class RequestPapers(OnCase):
    """Ask for a paper that was not on the list told at once; the customer is told why."""

    summary = "Ask for another paper"
    permission, does, input = HANDLE, A.REQUEST_PAPERS, MorePapersInput
    example = {"paper": "relation_proof", "reason": "The card does not say it"}

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        services.request_more(ctx, case.pk, [call.data["paper"]], reason=call.data["reason"])


@operation("POST", "endorsements/{endorsement}/accept")
class AcceptEndorsement(OnCase):
    """Accept the request: complete, conforming and signed. Effective days are frozen."""

    summary = "Accept an endorsement"
    permission, does = HANDLE, A.ACCEPT

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        services.accept(ctx, case.pk)


@operation("POST", "endorsements/{endorsement}/examine")
class ExamineEndorsement(OnCase):
    """Examine the request: it goes to underwriting, to a second person, or is done."""

    summary = "Examine an endorsement"
    permission, does = HANDLE, A.EXAMINE

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        services.examine(ctx, case.pk)


@operation("POST", "endorsements/{endorsement}/send_on")
class SendOnEndorsement(OnCase):
    """Send the case on again, after underwriting has answered or the checker sent it back."""

    summary = "Send an endorsement on"
    permission, does = HANDLE, A.SEND_ON

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        services.send_on(ctx, case.pk)


class ApprovalInput(Input):
    """What the approval is upon."""

    digest = TextInput(64, help_text="Of the quote that was seen.")


@operation("POST", "endorsements/{endorsement}/approve")
class ApproveEndorsement(OnCase):
    """Approve the case as a second person, upon the quote that was seen; another result answers ``quote_changed``."""

    summary = "Approve an endorsement"
    permission, does, input, precondition = CHECK, A.APPROVE, ApprovalInput, True
    effect = Effect.MONEY
    refusals = ("quote_changed",)
    example = {"digest": DIGEST}
    pointers = {"quote_changed": "/digest"}

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        services.approve(ctx, case.pk, digest=call.data["digest"])


class WhyInput(Input):
    """Why."""

    reason = TextInput(400, help_text="For the history; without customer data.")


@operation("POST", "endorsements/{endorsement}/send_back")
class SendBackEndorsement(OnCase):
    """Send the case back to who examined it."""

    summary = "Send an endorsement back"
    permission, does, input = CHECK, A.SEND_BACK, WhyInput
    example = {"reason": "The share of the second beneficiary"}

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        services.send_back(ctx, case.pk, reason=call.data["reason"])


@operation("POST", "endorsements/{endorsement}/reject")
class RejectEndorsement(OnCase):
    """Refuse the request; the customer is told why. Takes the right to handle it, or to approve what waits for that."""

    summary = "Reject an endorsement"
    permission, does, input = READ, A.REJECT, WhyInput
    example = {"reason": "The signature is not his"}

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        services.reject(ctx, case.pk, reason=call.data["reason"])


@operation("POST", "endorsements/{endorsement}/withdraw")
class WithdrawEndorsement(OnCase):
    """Withdraw the request before it is in effect; money paid for it goes back."""

    summary = "Withdraw an endorsement"
    does, input, effect = A.WITHDRAW, WhyInput, Effect.MONEY
    example = {"reason": "The customer changed his mind"}

    def do(self, call: Call, ctx: Any, case: Endorsement) -> None:
        services.withdraw(ctx, case.pk, reason=call.data["reason"])


@operation("POST", "endorsement_items/{endorsement_item}/reverse")
class ReverseItem(Act):
    """Ask for the undoing of an item that is in effect, not only of the latest: begins a case, and answers it with its
    quote, which is the impact."""

    summary = "Ask for the undoing of an item"
    permission, scope, shape = CREATE, ENDORSEMENTS_WRITE, EndorsementShape
    input, status, home = WhyInput, 201, "endorsements"
    example = {"reason": "Entered on the wrong policy"}

    @property
    def model(self) -> type[Model]:
        return EndorsementItem

    def rows(self, call: Call) -> QuerySet:
        return selectors.items_visible_to(call.user)

    def lock(self, call: Call, pk: int) -> EndorsementItem:
        item = selectors.item_of(pk=pk)
        cases.lock(item.endorsement_id)
        return selectors.item_of(pk=pk)

    def verdict(self, call: Call, obj: EndorsementItem) -> BusinessError | None:
        return acting.why_not_reverse(call.user, obj)

    def act(self, call: Call, obj: EndorsementItem) -> Endorsement:
        acting.require_items(call.ctx, call.user, obj.policy_id, [acting.REVERSAL])
        if error := self.verdict(call, obj):
            raise error
        case = services.create(
            call.ctx,
            policy_id=obj.policy_id,
            items=[(acting.REVERSAL, {"item": obj.public_id})],
            channel=Channel.COMPANY,
            note=call.data["reason"],
        )
        services.quote(call.ctx, case.pk)
        return case

    def answer(self, call: Call, pk: int, made: Any) -> Answer:
        return shown(CreateEndorsement(), call, made.pk)
