"""Questions about referrals."""

from django.db.models import Count, Q, QuerySet

from apps.accounts import permissions, scoping
from apps.accounts import selectors as accounts
from apps.accounts.models import User
from apps.core.errors import NotFound, Refusal
from apps.parties import vault

from .models import OPEN, Referral
from .rules import Decision
from .states import ReferralStatus

READ, WORK, DECIDE, ABOVE = "uw_referral.R", "uw_referral.E", "uw_decide.E", "uw_decide.A"


def visible_to(user: User) -> QuerySet[Referral]:
    """The referrals this user may see: those of his office and below, so that an open one can be taken (P44)."""
    return reached_by(user, READ)


def reached_by(user: User, permission: str) -> QuerySet[Referral]:
    """The referrals on which a permission lets this user act; an assistant decides those he has taken (P44)."""
    reach = scoping.rows(
        user, permission, branch="policy__branch", agent_user="policy__agent__user", assigned="assignee"
    )
    return Referral.objects.filter(reach)


def open_of(user: User) -> QuerySet[Referral]:
    """Those in sight that wait for a decision."""
    return visible_to(user).filter(status__in=OPEN)


def waiting_for(user: User) -> tuple[int, int]:
    """How many in sight nobody has taken yet, but for those he asked for, and how many this user has in hand."""
    free = Count("pk", filter=Q(assignee=None) & ~Q(asked_person=user.person))
    counted = open_of(user).aggregate(free=free, mine=Count("pk", filter=Q(assignee=user.pk)))
    return counted["free"], counted["mine"]


def of_case(subject_type: str, subject_id: int) -> Referral | None:
    """The newest referral of a case, if it has one."""
    return Referral.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("-pk").first()


def decision(referral: Referral) -> Decision | None:
    """On which terms it was accepted; None while it is not, or if it was declined."""
    if referral.status != ReferralStatus.ACCEPTED:
        return None
    return Decision(referral.extra_percent, referral.extra_per_mille, written(referral, "exclusion"))


def decision_of(referral_id: int) -> Decision | None:
    """The same by its id. Refuses an unknown one."""
    referral = Referral.objects.filter(pk=referral_id).first()
    if referral is None:
        raise NotFound(Refusal("not_found"))
    return decision(referral)


def written(referral: Referral, field: str) -> str:
    """What the underwriter wrote: ``exclusion`` or ``reason``; for those who see the referral."""
    token = getattr(referral, field)
    return vault.open_sealed(Referral, field, referral.public_id, token) if token else ""


def reasons(referral: Referral) -> list[Refusal]:
    """Why it was referred, as sentences in the reader's language."""
    return [Refusal(each["code"], each["params"]) for each in referral.reasons]


def underwriters(referral: Referral) -> list[User]:
    """Who may decide referrals of this office, or of one above it."""
    path = referral.policy.branch.path
    able = User.objects.filter(is_active=True, branch__in=accounts.branches_above(path)).select_related("branch")
    found = able.prefetch_related("role_grants").order_by("username")
    return [user for user in found if permissions.allows(user, DECIDE) or permissions.allows(user, ABOVE)]
