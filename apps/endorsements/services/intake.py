"""Intake 受理: the request reaches us, its papers are told and collected at once (E-01, E-02), and it is accepted."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from apps.core import clock
from apps.core.context import Context
from apps.core.errors import Refusal, Refused, refuse, stated
from apps.endorsements import events, guards, planning, selectors
from apps.endorsements.acts import Act
from apps.endorsements.models import Endorsement, Material
from apps.endorsements.planning import PolicyPlan
from apps.endorsements.selectors import kind_of
from apps.endorsements.states import EndorsementStatus, MaterialStatus
from apps.operations import services as operations
from apps.operations.agenda import ENDORSE_EXPIRY

from . import quoting
from .cases import lock, tell


@transaction.atomic
def submit(ctx: Context, case_id: int) -> Endorsement:
    """提交: the request has reached us, to the second (E-07). Refuses with everything that bars it (B3).

    The list of papers is made once and told whole (E-02, W5); while one is missing the case waits for them.
    """
    case = lock(case_id, Act.SUBMIT)
    plans = quoting.compute(ctx, case)
    if barred := planning.all_refusals(plans):
        raise Refused(*barred)
    case.submit(clock.now(), ctx.business_date)
    case.save()
    _list_papers(case, plans)
    tell(ctx, events.RECEIVED, case)
    if any("SURRENDER_PAY" in kind_of(item).clocks for item in selectors.items_of(case.pk)):
        tell(ctx, events.SURRENDER_RECEIVED, case)
    _follow_papers(ctx, case)
    return case


def _list_papers(case: Endorsement, plans: Iterable[PolicyPlan]) -> None:
    """The list as the items ask for it; what is here already stays, what nobody needs any more goes."""
    kinds = dict.fromkeys(paper for each in plans for item in each.items for paper in item.papers)
    case.papers.filter(status=MaterialStatus.MISSING).exclude(kind__in=kinds).delete()
    known = set(case.papers.values_list("kind", flat=True))
    Material.objects.bulk_create(Material(endorsement=case, kind=kind) for kind in kinds if kind not in known)


def _follow_papers(ctx: Context, case: Endorsement) -> None:
    """The case waits for papers, or has them all."""
    missing = selectors.papers_missing(case.pk)
    if not missing:
        tell(ctx, events.COMPLETE, case)
        return
    if case.status == EndorsementStatus.SUBMITTED:
        until = ctx.business_date + timedelta(days=settings.ENDORSEMENT_EXPIRY_DAYS)
        case.wait_for_papers(until)
        case.save()
        operations.schedule(ENDORSE_EXPIRY, [(until, case.policy_id, case.pk)])
        tell(ctx, events.DEFICIENT, case, papers=missing)


@transaction.atomic
def receive_paper(ctx: Context, case_id: int, kind: str, *, document_id: int | None = None) -> Material:
    """补件: a paper of the list came in: as a document, or seen as an original at the counter.

    Papers handed in with the request are noted while it is still a draft.
    """
    return _settle_paper(ctx, case_id, kind, MaterialStatus.RECEIVED, document_id=document_id)


@transaction.atomic
def waive_paper(ctx: Context, case_id: int, kind: str, *, reason: str) -> Material:
    """免件: a paper of the list is not needed here. Needs a reason."""
    return _settle_paper(ctx, case_id, kind, MaterialStatus.WAIVED, reason=stated(reason))


def _settle_paper(
    ctx: Context, case_id: int, kind: str, status: MaterialStatus, *, document_id: int | None = None, reason: str = ""
) -> Material:
    case = lock(case_id, Act.SUPPLEMENT)
    draft = case.status == EndorsementStatus.DRAFT
    if draft:
        _list_papers(case, quoting.compute(ctx, case))
    paper = Material.objects.select_for_update().filter(endorsement=case, kind=kind).first()
    if paper is None:
        raise refuse("paper_not_on_list")
    paper.status, paper.document_id = status, document_id
    paper.reason = reason or paper.reason
    paper.seen_by, paper.seen_on = ctx.actor, ctx.business_date
    paper.save()
    tell(ctx, events.SUPPLEMENTED, case, paper=kind, status=status)
    if not draft and not selectors.papers_missing(case.pk):
        tell(ctx, events.COMPLETE, case)
    return paper


@transaction.atomic
def request_more(ctx: Context, case_id: int, kinds: Sequence[str], *, reason: str) -> Endorsement:
    """追加材料: papers that were not on the list told first. Needs a reason, which the customer is told (W5)."""
    case = lock(case_id, Act.REQUEST_PAPERS)
    why = stated(reason)
    Material.objects.bulk_create(
        (Material(endorsement=case, kind=kind, reason=why) for kind in dict.fromkeys(kinds)), ignore_conflicts=True
    )
    if case.status == EndorsementStatus.PENDING_DOCS:
        tell(ctx, events.DEFICIENT, case, why, papers=selectors.papers_missing(case.pk))
    _follow_papers(ctx, case)
    return case


@transaction.atomic
def accept(ctx: Context, case_id: int) -> Endorsement:
    """受理: complete, conforming and signed; the effective days are frozen with their explanation (B6).

    Refuses missing papers and signatures, expired documents, and whatever bars an item on the day.
    """
    case = lock(case_id, Act.ACCEPT)
    plans = quoting.compute(ctx, case)
    if found := faults(case, plans):
        raise Refused(*found)
    case.accept(ctx.business_date)
    case.save()
    operations.unschedule(ENDORSE_EXPIRY, [case.pk])
    _freeze(plans)
    quoting.keep(ctx, case, quoting.compute(ctx, case))
    tell(ctx, events.ACCEPTED, case)
    return case


def faults(case: Endorsement, plans: Sequence[PolicyPlan]) -> tuple[Refusal, ...]:
    """Everything that keeps a case from being accepted."""
    return (*planning.all_refusals(plans), *_incomplete(case, plans))


def _incomplete(case: Endorsement, plans: Sequence[PolicyPlan]) -> Iterable[Refusal]:
    if missing := selectors.papers_missing(case.pk):
        yield Refusal("papers_missing", {"papers": ", ".join(missing)})
    given = selectors.signed(case.pk)
    yield from _unique(
        refusal
        for each in plans
        for item in each.items
        for refusal in guards.signers_missing(kind_of(item.item), each.situation, given)
    )
    yield from _unique(refusal for each in plans for refusal in guards.papers_of_persons(each.situation, given))
    yield from planning.without_account(case, plans)


def _unique(refusals: Iterable[Refusal]) -> Iterable[Refusal]:
    return list({(each.code, str(each.params)): each for each in refusals}.values())


def _freeze(plans: Iterable[PolicyPlan]) -> None:
    """Days that do not hang on approval or payment are fixed now; a later change of rules does not move them."""
    for each in plans:
        for planned in each.items:
            kind, item = kind_of(planned.item), planned.item
            item.explanation = {"rule": str(kind.effective)}
            if not kind.waits:
                item.effective_on = planned.effective_on
            item.save(update_fields=["explanation", "effective_on"])
