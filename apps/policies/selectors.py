"""Questions about policies, scoped to the viewer where a person asks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.accounts import scoping
from apps.accounts.models import User
from apps.core.errors import NotFound, Refusal
from apps.deadlines.models import Deadline
from apps.products import selectors as products
from apps.products.states import TermEnd

from .models import Hold, Policy, PolicyRole, PolicyVersion
from .states import HoldKind, PolicyStatus, RoleKind, TerminationCode
from .terms import Terms
from .terms_json import from_json

BARRING_PAYOUT = (HoldKind.LEGAL, HoldKind.AML)
LEAST_OF_A_NUMBER, MOST_OF_A_BEGINNING = 4, 1000
BLOCKING_LAPSE = (HoldKind.CLAIM, HoldKind.LEGAL, HoldKind.DISPUTE, HoldKind.NONDISCLOSURE)


def visible_to(user: User) -> QuerySet[Policy]:
    """The policies this user may see: by branch, by assignment, or as their own agent (P44)."""
    return reached_by(user, "policy_read.R")


def reached_by(user: User, permission: str) -> QuerySet[Policy]:
    """The policies on which a permission lets this user act (P44)."""
    return Policy.objects.filter(scoping.rows(user, permission, object_type="policies.policy"))


def by_number(number: str) -> Policy:
    """The policy of this number; not found otherwise."""
    try:
        return Policy.objects.get(number=number.strip())
    except Policy.DoesNotExist:
        raise NotFound(Refusal("policy_not_found", {"number": number})) from None


def id_of(public_id: UUID) -> int | None:
    """The policy the outside world calls so, in sight or not."""
    return Policy.objects.filter(public_id=public_id).values_list("pk", flat=True).first()


def public_ids(policy_ids: Iterable[int]) -> dict[int, UUID]:
    """How the outside world calls these policies."""
    return dict(Policy.objects.filter(pk__in=set(policy_ids)).values_list("pk", "public_id"))


def holders(policy_ids: Iterable[int]) -> dict[int, int]:
    """The policyholder of each of these policies."""
    return dict(Policy.objects.filter(pk__in=set(policy_ids)).values_list("pk", "holder"))


@dataclass(frozen=True, slots=True)
class ServedBy:
    """Who serves a policy: the account of its agent, if he has one, and the branch by its path."""

    agent_user: int | None
    branch_path: str


def served_by(policy_ids: Iterable[int]) -> dict[int, ServedBy]:
    """Who serves each of these policies."""
    found = Policy.objects.filter(pk__in=list(policy_ids)).values_list("pk", "agent__user", "branch__path")
    return {pk: ServedBy(agent_user, path) for pk, agent_user, path in found}


def terms_on(policy_id: int, on: date, *, known_at: datetime | None = None) -> Terms:
    """What the contract said on a day, as known now or at a moment (P18). Not found before its first day."""
    return version_on(policy_id, on, known_at=known_at)[1]


def version_on(policy_id: int, on: date, *, known_at: datetime | None = None) -> tuple[PolicyVersion, Terms]:
    """The same with the version that says so."""
    versions = PolicyVersion.objects.filter(policy=policy_id, effective_on__lte=on)
    if known_at:
        versions = versions.filter(recorded_at__lte=known_at)
    version = versions.order_by("number").last()
    if version is None:
        raise NotFound(Refusal("not_found"))
    return version, from_json(version.terms)


def first_terms(policy_id: int) -> Terms:
    """What the contract said when it began with us: version 1."""
    return from_json(PolicyVersion.objects.get(policy=policy_id, number=1).terms)


def latest_terms(policy_id: int) -> Terms:
    """What the contract says from its last change on, as known now."""
    version = PolicyVersion.objects.filter(policy=policy_id).order_by("number").last()
    if version is None:
        raise NotFound(Refusal("not_found"))
    return from_json(version.terms)


def revisions(policy_ids: Iterable[int]) -> dict[int, int]:
    """The number of the newest version of each of these policies."""
    return dict(Policy.objects.filter(pk__in=set(policy_ids)).values_list("pk", "revision"))


def open_holds(policy_id: int) -> list[str]:
    """The kinds of holds that are open on a policy."""
    return list(Hold.objects.filter(policy=policy_id, released_on=None).values_list("kind", flat=True))


def blocks_lapse(policy_ids: Iterable[int]) -> set[int]:
    """Those with an open claim, judicial freeze, dispute or known non-disclosure: they do not lapse meanwhile."""
    return held(policy_ids, *BLOCKING_LAPSE)


def claim_open(policy_ids: Iterable[int]) -> set[int]:
    """Those with an open claim: they do not end with their term before it is decided (policy:P13)."""
    return held(policy_ids, HoldKind.CLAIM)


def premium_barred(policy_ids: Iterable[int]) -> set[int]:
    """Those with a known non-disclosure: to take premium now would give up the right to rescind (policy:P15)."""
    return held(policy_ids, HoldKind.NONDISCLOSURE)


def payout_hold(policy_id: int) -> HoldKind | None:
    """The open hold under which nothing may be paid out: a judicial freeze, or a money-laundering inquiry."""
    kinds = Hold.objects.filter(policy=policy_id, kind__in=BARRING_PAYOUT, released_on=None).values_list(
        "kind", flat=True
    )
    return next(map(HoldKind, kinds), None)


def held(policy_ids: Iterable[int], *kinds: HoldKind) -> set[int]:
    """Those with an open hold of one of these kinds."""
    holds = Hold.objects.filter(policy__in=set(policy_ids), kind__in=kinds, released_on=None)
    return set(holds.values_list("policy", flat=True))


def pending(policy_ids: Iterable[int]) -> set[int]:
    """Those that have not taken effect yet."""
    waiting = Policy.objects.filter(pk__in=set(policy_ids), status=PolicyStatus.PENDING_EFFECT)
    return set(waiting.values_list("pk", flat=True))


def expiring(policy_ids: Iterable[int], on: date) -> Iterator[tuple[int, date, TerminationCode]]:
    """Those whose term is over on this day, with its end and what the product calls it: maturity or expiry."""
    due = Policy.objects.filter(pk__in=set(policy_ids), ends_on__lte=on)
    for policy_id, ends_on, version_id in due.values_list("pk", "ends_on", "product_version"):
        assert ends_on  # as the filter asks
        matures = products.terms_of(version_id).at_term_end == TermEnd.MATURE
        yield policy_id, ends_on, TerminationCode.MATURITY if matures else TerminationCode.EXPIRY


def display_label(policy: Policy) -> str:
    """What staff call the status 状态名称 (§3.1): in force with its premium status, ended with its reason."""
    status = policy.get_status_display()
    match policy.status:
        case PolicyStatus.IN_FORCE | PolicyStatus.PENDING_EFFECT:
            return f"{status} · {policy.get_premium_status_display()}"
        case PolicyStatus.TERMINATED:
            return f"{status} · {policy.get_termination_code_display()}"
        case _:
            return status


@dataclass(frozen=True, slots=True)
class PremiumFacts:
    """What billing must know of a policy."""

    id: int
    number: str
    branch_id: int
    product_version_id: int
    status: str
    premium_status: str
    effective_on: date
    ends_on: date | None
    frequency: str
    premium: Decimal
    currency: str
    premium_ends_on: date | None
    paid_to: date | None
    cutover_on: date | None


FACTS = tuple(PremiumFacts.__dataclass_fields__)


def premium_facts(policy_ids: Iterable[int]) -> dict[int, PremiumFacts]:
    """The premium side of many policies, by id in ascending order."""
    rows = Policy.objects.filter(pk__in=set(policy_ids)).order_by("pk").values_list(*FACTS)
    return {row[0]: PremiumFacts(*row) for row in rows}


def facts_by_number(number: str) -> PremiumFacts:
    """The premium side of the policy of this number; not found otherwise."""
    policy = by_number(number)
    return premium_facts([policy.pk])[policy.pk]


def ids_by_number(numbers: Iterable[str]) -> dict[str, int]:
    """The policies of these numbers; unknown numbers are left out."""
    return dict(Policy.objects.filter(number__in=set(numbers)).values_list("number", "pk"))


def roles_now(policy_id: int) -> QuerySet[PolicyRole]:
    """Who is what on a policy by its latest Terms: holder, insured, beneficiaries by benefit order."""
    roles = PolicyRole.objects.filter(policy=policy_id, to_date=None).select_related("party")
    return roles.order_by("role", "benefit_order", "pk")


def concerning(party_ids: Iterable[int]) -> list[int]:
    """The ids of the policies that one of these people holds, or that insure him: looked up, never joined, so that a
    list in another order does not walk the whole book for them."""
    if not (ids := list(party_ids)):
        return []
    insured = PolicyRole.objects.filter(role=RoleKind.INSURED, to_date=None, party__in=ids).values_list("policy")
    return [policy_id for (policy_id,) in Policy.objects.filter(holder__in=ids).values_list("pk").union(insured)]


def ids_beginning(text: str) -> list[int]:
    """The first thousand policies whose number begins so, whoever may see them: for lists of what belongs to them."""
    if len(text) < LEAST_OF_A_NUMBER:
        return []
    begun = Policy.objects.filter(number__startswith=text.upper())
    return list(begun.values_list("pk", flat=True)[:MOST_OF_A_BEGINNING])


def numbered_like(user: User, text: str) -> QuerySet[Policy]:
    """The policies in sight whose number begins so; of a beginning that many share, among the first thousand only.

    Four characters and a digit make a beginning.
    """
    if not any(map(str.isdigit, text)):
        return Policy.objects.none()
    return visible_to(user).filter(pk__in=ids_beginning(text))


ALIVE = (PolicyStatus.PENDING_EFFECT, PolicyStatus.IN_FORCE, PolicyStatus.SUSPENDED)


def alive_of(party_id: int) -> list[int]:
    """The policies in force, suspended or not yet in effect that this person holds or that insure him, in order."""
    held = Q(holder=party_id) | Q(pk__in=insuring(party_id))
    return list(Policy.objects.filter(held, status__in=ALIVE).order_by("pk").values_list("pk", flat=True))


def insuring(party_id: int) -> list[int]:
    """The policies in force, suspended or not yet in effect that insure this person, in order."""
    alive = Policy.objects.filter(status__in=ALIVE)
    insured = PolicyRole.objects.filter(role=RoleKind.INSURED, to_date=None, party=party_id)
    return list(alive.filter(pk__in=insured.values("policy")).order_by("pk").values_list("pk", flat=True))


def people_on(policy_id: int) -> set[int]:
    """The customers who have a role on a policy now."""
    return set(PolicyRole.objects.filter(policy=policy_id, to_date=None).values_list("party", flat=True))


def within_reach(user: User) -> QuerySet[Policy]:
    """The policies this user might open with a stated purpose (decision 25)."""
    return Policy.objects.filter(scoping.within_reach(user, "policy_read.R"))


def deadlines_visible_to(user: User) -> QuerySet[Deadline]:
    """The deadlines of the policies this user may see, for those who may read deadlines at all (P44)."""
    reach = scoping.rows(user, "deadline_read.R", object_type="policies.policy")
    if not reach:
        return Deadline.objects.all()
    return Deadline.objects.filter(policy_id__in=Policy.objects.filter(reach).values("pk"))
