"""Questions about endorsement cases, their items, and the history they make."""

from collections.abc import Collection, Iterable
from datetime import date
from functools import cache
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from apps.accounts import scoping
from apps.accounts.models import User
from apps.audit.models import Event
from apps.billing import selectors as billing
from apps.billing.models import Payout
from apps.billing.states import InstalmentStatus, PayoutKind, PayoutStatus
from apps.core import clock, values
from apps.core.errors import NotFound, Refusal
from apps.core.money import ZERO
from apps.parties import selectors as parties
from apps.policies import selectors as policies
from apps.policies.states import HoldKind
from apps.policies.terms import Terms
from apps.products import selectors as products
from apps.products.terms import ProductTerms
from apps.underwriting import selectors as underwriting
from apps.underwriting.states import ReferralStatus

from . import events
from .base import TYPES, EndorsementType, Moment
from .guards import Open
from .models import OPEN, UNDER_WAY, Endorsement, EndorsementItem, Material
from .rules import Entry, Timeline, replay
from .situation import Period, Person, Products, Situation
from .states import EndorsementStatus, MaterialStatus

CASE, ITEM = "endorsements.endorsement", "endorsements.endorsementitem"


def visible_to(user: User) -> QuerySet[Endorsement]:
    """The cases on policies this user may see (P44)."""
    return reached_by(user, "policy_read.R")


def reached_by(user: User, permission: str) -> QuerySet[Endorsement]:
    """The cases on which a permission lets this user act."""
    return Endorsement.objects.filter(
        scoping.rows(
            user,
            permission,
            branch="policy__branch",
            agent_user="policy__agent__user",
            object_type="policies.policy",
            opened="policy",
        )
    )


def items_visible_to(user: User) -> QuerySet[EndorsementItem]:
    """The items on policies this user may see (P44)."""
    return EndorsementItem.objects.filter(policy__in=policies.visible_to(user).values("pk"))


def items_of(endorsement_id: int) -> list[EndorsementItem]:
    """The items of a case, in the order in which they are priced."""
    return list(EndorsementItem.objects.filter(endorsement=endorsement_id).order_by("position"))


def standing(policy_id: int) -> list[EndorsementItem]:
    """What has been applied to a policy and not undone."""
    items = EndorsementItem.objects.filter(policy=policy_id, applied_on__isnull=False, undone_on=None)
    return list(items.select_related("endorsement").order_by("effective_on", "pk"))


def item_id(public_id: UUID) -> int:
    """The item the outside world calls so; not found otherwise."""
    return item_of(public_id=public_id).pk


def item_public_ids(ids: Iterable[int]) -> dict[int, UUID]:
    """How the outside world calls these items."""
    return dict(EndorsementItem.objects.filter(pk__in=set(ids)).values_list("pk", "public_id"))


def item_public_id(pk: int) -> UUID:
    return item_of(pk=pk).public_id


def item_of(**which: object) -> EndorsementItem:
    """One item; not found if there is none."""
    item = EndorsementItem.objects.filter(**which).select_related("endorsement").first()
    if item is None:
        raise NotFound(Refusal("not_found"))
    return item


def siblings(item_id: int) -> list[EndorsementItem]:
    """The same change of the same case on other policies, as far as it stands."""
    item = EndorsementItem.objects.get(pk=item_id)
    same = EndorsementItem.objects.filter(endorsement=item.endorsement_id, code=item.code)
    return list(same.filter(applied_on__isnull=False, undone_on=None).exclude(pk=item_id).order_by("position"))


def leads(item: EndorsementItem) -> bool:
    """Whether an item stands on the policy its case was begun on."""
    return item.policy_id == item.endorsement.policy_id


def kind_of(item: EndorsementItem) -> EndorsementType:
    return TYPES[item.code]


def change_of(item: EndorsementItem) -> object:
    """What an item says, as the value its type reads."""
    return values.from_json(TYPES[item.code].Change, item.change)


def product(code: str, number: int) -> ProductTerms:
    """The terms of a product version by code and number."""
    return products.terms_of(products.version(code, number).pk)


def entry(item: EndorsementItem, effective_on: date, of: Products) -> Entry:
    """An item as the replay sees it."""
    kind, change, moment = kind_of(item), change_of(item), Moment(effective_on, of)
    received_at = item.endorsement.received_at
    assert received_at is not None  # nothing is replayed that was not handed in
    return Entry(item.pk, effective_on, received_at, lambda terms: kind.apply(terms, change, moment))


def base_of(policy_id: int) -> Terms:
    """The contract as it began, or as we took it over: version 1 (architecture §6)."""
    return policies.first_terms(policy_id)


def entries(items: Iterable[EndorsementItem]) -> list[Entry]:
    """Applied items as the replay sees them; what undoes others is no entry itself."""
    of = cache(product)  # asked for at every price of a replay
    return [
        entry(item, item.effective_on, of)
        for item in items
        if item.effective_on is not None and TYPES[item.code].voids(change_of(item)) is None
    ]


def timeline(policy_id: int) -> Timeline:
    """The history of a policy as the replay of what stands (P18)."""
    return replay(base_of(policy_id), entries(standing(policy_id)))


def situation(policy_id: int, today: date, received_on: date | None = None) -> Situation:
    """All that rules may know of a policy today."""
    [about] = policies.premium_facts([policy_id]).values()
    terms = policies.latest_terms(policy_id)
    charged = [
        Period(each.due_on, each.until, each.amount, each.status == InstalmentStatus.PAID)
        for each in billing.charged(policy_id)
    ]
    money = billing.money_left([policy_id]).get(policy_id, [])
    people = {terms.holder, *(life.party for life in terms.lives)}
    return Situation(
        policy_id=policy_id,
        status=about.status,
        premium_status=about.premium_status,
        terms=terms,
        today=today,
        received_on=received_on or today,
        began=billing.began(policy_id) or about.paid_to or date.max,
        products=cache(product),
        paid_to=about.paid_to,
        holds=frozenset(policies.open_holds(policy_id)),
        in_flight=policy_id in billing.in_flight([policy_id]),
        arrears=any(not each.paid and each.due_on < today for each in charged),
        event_reported=HoldKind.CLAIM in policies.open_holds(policy_id),
        charged=tuple(charged),
        suspense=sum((each.amount for each in money), ZERO),
        people={
            pk: Person(one.born_on, one.id_valid_to, one.is_organisation) for pk, one in parties.known(people).items()
        },
        accounts={each.id: each.party_id for each in parties.payee_accounts(terms.holder)},
        branch_id=about.branch_id,
    )


def under_way(policy_ids: Collection[int], but: int | None) -> dict[int, list[Open]]:
    """The items of other cases that are under way on each of these policies."""
    items = EndorsementItem.objects.filter(policy__in=policy_ids, endorsement__status__in=UNDER_WAY, applied_on=None)
    found: dict[int, list[Open]] = {policy_id: [] for policy_id in policy_ids}
    rows = items.exclude(endorsement=but).values_list("policy", "endorsement__number", "code")
    for policy_id, number, code in rows:
        found[policy_id].append(Open(number, code, TYPES[code].mutex))
    return found


def layers_given(policy_id: int, code: str) -> int:
    """How many items of a kind have ever been entered on a policy: layer numbers are never given twice."""
    return EndorsementItem.objects.filter(policy=policy_id, code=code).count()


def payouts_of(item_id: int) -> list[Payout]:
    """What is owed to the customer for an item, and not withdrawn."""
    return [each for each in billing.payouts_of(ITEM, item_id) if each.status != PayoutStatus.WITHDRAWN]


def values_owed(item_id: int) -> list[Payout]:
    """What is owed for an item itself, which goes when it is undone; premium is settled by difference instead."""
    return [each for each in payouts_of(item_id) if each.kind != PayoutKind.PREMIUM_REFUND]


def sent_payouts(item_id: int) -> list[Payout]:
    """Those that are with the bank or have arrived: they cannot be taken back."""
    return [each for each in values_owed(item_id) if each.status in (PayoutStatus.SENT, PayoutStatus.PAID)]


def payouts_of_case(endorsement_id: int) -> list[Payout]:
    """What is owed to the customer for all items of a case, and not withdrawn."""
    return [each for item in items_of(endorsement_id) for each in payouts_of(item.pk)]


def successor(item: EndorsementItem) -> EndorsementItem | None:
    """The next change of the same thing of a person that stands: it has taken the place of this one."""
    kind, change = kind_of(item), change_of(item)
    later = EndorsementItem.objects.filter(
        code=item.code, policy=F("endorsement__policy"), applied_at__gt=item.applied_at, undone_on=None
    )
    return next((each for each in later.order_by("applied_at", "pk") if kind.replaces(change_of(each), change)), None)


def papers_missing(endorsement_id: int) -> list[str]:
    """The papers on the list that have not come in."""
    missing = Material.objects.filter(endorsement=endorsement_id, status=MaterialStatus.MISSING)
    return list(missing.order_by("pk").values_list("kind", flat=True))


def signed(endorsement_id: int) -> list[str]:
    """In what capacities the case has been signed."""
    return list(Endorsement.objects.get(pk=endorsement_id).signatures.values_list("signer", flat=True))


def in_status(case_ids: Iterable[int], statuses: Iterable[str]) -> set[int]:
    """Those of these cases that have one of these statuses."""
    found = Endorsement.objects.filter(pk__in=list(case_ids), status__in=list(statuses))
    return set(found.values_list("pk", flat=True))


def makers(endorsement_id: int) -> set[str]:
    """Everybody who entered or changed a request, and for whom he did: none of them approves it (P24, P47)."""
    acts = Event.objects.filter(
        subject_type=CASE, subject_id=endorsement_id, name__in=[events.CREATED.name, events.CHANGED.name]
    )
    return {name for row in acts.values_list("person", "actor", "on_behalf_of") for name in row if name}


def to_review(user: User) -> QuerySet[Endorsement]:
    """复核队列: what waits for a second person and lies in this user's area, the oldest first (screen S11)."""
    waiting = visible_to(user).filter(status=EndorsementStatus.SECOND_REVIEW)
    return waiting.select_related("policy").order_by("accepted_on", "pk")


def underwritten(endorsement_id: int) -> bool:
    """Whether underwriting has accepted the case."""
    referral = underwriting.of_case(CASE, endorsement_id)
    return referral is not None and referral.status == ReferralStatus.ACCEPTED


def items_by_id(ids: Iterable[int]) -> dict[int, EndorsementItem]:
    """Items with their cases, by id."""
    return EndorsementItem.objects.select_related("endorsement").in_bulk(set(ids))


def is_stale(case: Endorsement, today: date) -> bool:
    """Whether the quote of a case must be looked at anew: none, run out, of another day, or the policy has moved."""
    quote = case.quote
    if quote is None or quote.expires_at <= clock.now() or quote.quoted_on != today:
        return True
    moved = policies.revisions([int(key) for key in quote.bases])
    return {str(key): number for key, number in moved.items()} != quote.bases


def next_to_review(user: User, but: int) -> int | None:
    """The oldest case this user could decide now: not his own, and not the one just decided."""
    waiting = to_review(user).exclude(pk=but).exclude(maker_person=user.person)
    return waiting.values_list("pk", flat=True).first()


def figures(user: User) -> dict[str, int]:
    """How many cases in sight wait for somebody, by what they wait for."""
    waits = {
        "to_review": Q(status=EndorsementStatus.SECOND_REVIEW),
        "papers": Q(status=EndorsementStatus.PENDING_DOCS),
        "drafts": Q(status=EndorsementStatus.DRAFT, maker=user.actor),
        "blocked": ~Q(blocked=[]),
    }
    counted = {name: Count("pk", filter=condition) for name, condition in waits.items()}
    return visible_to(user).filter(status__in=OPEN).aggregate(**counted)
