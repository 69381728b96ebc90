"""The parts of a case's page, and cases on the pages of policies and on the workbench."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.audit import timeline as trail
from apps.billing import selectors as billing
from apps.core.admin import (
    Column,
    Entry,
    Fact,
    Facts,
    Figure,
    Note,
    StaffRequest,
    Table,
    Timeline,
    badge,
    day,
    figure,
    link,
    money,
    rail,
    tab,
    who,
)
from apps.core.admin.pages import Section, Text
from apps.deadlines import selectors as deadlines
from apps.documents import selectors as documents
from apps.documents.admin import columns as paper_columns
from apps.endorsements import quotes, selectors, wording
from apps.endorsements.acts import COLLECTING
from apps.endorsements.models import Endorsement, EndorsementItem
from apps.endorsements.reasons import in_words
from apps.endorsements.selectors import CASE, ITEM
from apps.endorsements.states import EndorsementStatus as S
from apps.policies.admin.deadlines import label as clock_name

from . import columns, showing
from .filing import papers_of

PAGE, POLICY = "endorsements.endorsement", "policies.policy"
SHOWN = 50
UNANSWERED = (S.DRAFT, *COLLECTING, S.ACCEPTED, S.UW_REFERRED)
LIST = "/admin/endorsements/endorsement/"


@tab(PAGE, _("Overview"), order=10)
def overview(request: StaffRequest, case: Endorsement) -> Sequence[Section]:
    """What is asked for, what it does and costs, and what stands in the way."""
    blocked = [Note(wording.told(quotes.refusal_of(each)), "bad") for each in case.blocked]
    reason = [Note(_now("Reason: {why}").format(why=in_words(case.reason)), "warn")] if case.reason else []
    note = [Note(_now("Maker's note: {note}").format(note=case.note))] if case.note else []
    shown = (
        showing.sections(case.quote.content, settled=case.status not in UNANSWERED)
        if case.quote
        else [Note(_("There is no quote yet."))]
    )
    return [*blocked, *reason, *note, _items(case), *shown]


def _items(case: Endorsement) -> Table:
    rows = [item for item in case.items.all() if item.policy_id == case.policy_id]
    shown = [
        Column(_("Item"), lambda item: wording.item(item.code)),
        Column(_("Effective on"), "effective_on"),
        Column(_("Applied on"), "applied_on"),
        Column(_("Premium difference"), lambda item: money(item.amount, case.policy.currency), numeric=True),
        Column(_("Undone on"), "undone_on"),
    ]
    return Table(shown, rows, _("What is asked for"))


@tab(PAGE, _("Papers and signatures"), order=20)
def papers(request: StaffRequest, case: Endorsement) -> Sequence[Section]:
    listed = [
        Column(_("Paper"), "label"),
        Column(_("State"), lambda paper: _paper_state(paper.row)),
        Column(_("Seen on"), lambda paper: paper.row.seen_on if paper.row else ""),
        Column(_("Seen by"), lambda paper: who(paper.row.seen_by) if paper.row else ""),
        Column(_("Reason"), lambda paper: paper.row.reason if paper.row else ""),
    ]
    signed = [
        Column(_("Signs as"), "get_signer_display"),
        Column(_("Identity verified by"), "get_verification_display"),
        Column(_("Signed on"), "signed_on"),
        Column(_("Noted by"), lambda row: who(row.noted_by)),
    ]
    return [
        Table(listed, papers_of(case), _("Papers"), _("No paper is needed.")),
        Table(signed, case.signatures.order_by("pk"), _("Signatures"), _("Nobody has signed yet.")),
    ]


def _paper_state(row: Any) -> str:
    if row is None:
        return badge(_("Missing"), "warn")
    return badge(row.get_status_display(), "warn" if row.status == "missing" else "good")


@tab(PAGE, _("Money"), order=30, permission="receipt_read.R")
def money_of(request: StaffRequest, case: Endorsement) -> Sequence[Section]:
    """What was asked of the customer, and what he is owed."""
    asked = [
        Column(_("Extra premium"), lambda row: link(row, row.number)),
        Column(_("Amount"), lambda row: money(row.amount, row.currency), numeric=True),
        Column(_("State"), "get_status_display"),
        Column(_("Asked for on"), "demanded_on"),
        Column(_("Paid on"), "paid_on"),
    ]
    owed = [
        Column(_("Payout"), lambda row: link(row, row.number)),
        Column(_("Kind"), "get_kind_display"),
        Column(_("Amount"), lambda row: money(row.amount, row.currency), numeric=True),
        Column(_("State"), "get_status_display"),
        Column(_("Paid on"), "paid_on"),
    ]
    out = [row for item in case.items.all() for row in billing.payouts_of(ITEM, item.pk)]
    return [
        Table(asked, billing.adjustments_of(CASE, case.pk), _("Extra premium"), _("Nothing is asked of the customer.")),
        Table(owed, out, _("Payouts"), _("Nothing is paid out.")),
    ]


@tab(PAGE, _("Documents and slip"), order=40, permission=documents.READ)
def documents_of(request: StaffRequest, case: Endorsement) -> Sequence[Section]:
    """What was handed in, and the slip."""
    filed = documents.visible_to(request.user).filter(subject_type=CASE, subject_id=case.pk).order_by("pk")
    shown = [paper_columns.LINK, *paper_columns.COLUMNS, Column(_("File"), paper_columns.to_open)]
    return [Table(shown, filed, empty=_("No document is filed to this case."))]


@tab(PAGE, _("Timeline"), order=90)
def history(request: StaffRequest, case: Endorsement) -> Sequence[Section]:
    """What happened to this case, the newest first."""
    return [Timeline([_entry(row) for row in trail.of_subjects([(CASE, [case.pk]), (ITEM, _ids(case.items.all()))])])]


def _ids(items: Iterable[EndorsementItem]) -> list[int]:
    return [item.pk for item in items]


def _entry(row: trail.TimelineRow) -> Entry:
    details: list[tuple[Text, Any]] = [(_("Event"), row.name), (_("Actor"), row.actor), *row.payload.items()]
    return Entry(
        row.recorded_at, row.sentence, row.kind, row.business_date, who(row.actor), in_words(row.reason), details
    )


@rail(PAGE, _("Deadlines"), order=10)
def clocks(request: StaffRequest, case: Endorsement) -> Sequence[Section]:
    """The duties that run on this case."""
    running = deadlines.open_deadlines().filter(subject_type=CASE, subject_id=case.pk)
    facts = [Fact(clock_name(row), day(row.due_on), row.get_status_display()) for row in running]
    return [Facts(facts)] if facts else [Note(_("None is running."))]


@rail(PAGE, _("Quote"), order=20)
def quoted(request: StaffRequest, case: Endorsement) -> Sequence[Section]:
    """How old the quote is; a case that is decided needs none any more."""
    if case.quote is None:
        return [Note(_("There is no quote yet."))]
    return [Facts([Fact(_("Priced on"), day(case.quote.quoted_on)), Fact(_("Valid until"), case.quote.expires_at)])]


@tab(POLICY, _("Endorsements"), order=35)
def endorsements(request: StaffRequest, policy: Any) -> Sequence[Section]:
    rows = Endorsement.objects.filter(policy=policy).prefetch_related("items").order_by("-pk")[:SHOWN]
    return [
        Table([columns.LINK, *columns.COLUMNS], rows, _("Endorsements"), _("Nothing of this policy was changed yet."))
    ]


@figure(_("Endorsements"), permission="policy_read.R", order=22)
def waiting(request: StaffRequest) -> Sequence[Figure]:
    """What waits for this person, and what could not take effect."""
    counts, user = selectors.figures(request.user), request.user
    checks, makes = user.has_perm("endorsement_case.A"), user.has_perm("endorsement_case.C")
    to_review = f"{LIST}review_queue/" if checks else _of(S.SECOND_REVIEW)
    drafts = Figure(_("drafts of yours"), counts["drafts"], f"{_of(S.DRAFT)}&maker={user.username}")
    return [
        _warned(_("endorsements to approve"), counts["to_review"], to_review, waits=checks),
        _warned(_("could not take effect"), counts["blocked"], f"{LIST}?blocked=yes", waits=makes),
        _warned(_("waiting for papers"), counts["papers"], _of(S.PENDING_DOCS)),
        *([drafts] if makes else []),
    ]


def _of(status: S) -> str:
    return f"{LIST}?status={status}"


def _warned(label: Any, count: int, href: str, *, waits: bool = False) -> Figure:
    return Figure(label, count, href, "warn" if count else "plain", waits=waits)
