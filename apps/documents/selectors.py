"""Questions about documents, scoped to the viewer by the policy they are filed to (P44)."""

from django.db.models import Q, QuerySet, Sum

from apps.accounts import scoping
from apps.accounts.models import User

from .models import Document
from .states import HEALTH, DocumentStatus

READ, READ_HEALTH = "document_read.R", "health_read.R"


def visible_to(user: User) -> QuerySet[Document]:
    """The documents of policies in sight; papers about health to those only who may read health data."""
    return reached_by(user, READ)


def reached_by(user: User, permission: str) -> QuerySet[Document]:
    """The documents on which a permission lets this user act."""
    reached = Document.objects.filter(_of_policies(user, permission))
    if health := _of_policies(user, READ_HEALTH):
        return reached.filter(~Q(kind__in=HEALTH) | health)
    return reached


def _of_policies(user: User, permission: str) -> Q:
    return scoping.rows(
        user,
        permission,
        branch="policy__branch",
        agent_user="policy__agent__user",
        object_type="policies.policy",
        opened="policy",
    )


def of_policy(user: User, policy_id: int) -> QuerySet[Document]:
    """The documents of a policy that this user may see, the latest first."""
    return visible_to(user).filter(policy=policy_id).order_by("-pk")


def of_subject(subject_type: str, subject_id: int) -> QuerySet[Document]:
    """What was handed in or written for one case, the first first; harmful papers left out."""
    papers = Document.objects.filter(subject_type=subject_type, subject_id=subject_id)
    return papers.exclude(status=DocumentStatus.REFUSED).order_by("pk")


def kinds_handed_in(subject_type: str, subject_id: int) -> set[str]:
    """Which materials are there for a case; those in quarantine count as handed in."""
    return set(of_subject(subject_type, subject_id).values_list("kind", flat=True))


def size_of_subject(policy_id: int | None, subject_type: str, subject_id: int | None) -> int:
    """The bytes kept for one case; without a case, for the policy itself."""
    case = Document.objects.filter(subject_type=subject_type, subject_id=subject_id)
    if subject_id is None:
        case = case.filter(policy=policy_id)
    return case.aggregate(total=Sum("size"))["total"] or 0


def waiting() -> list[int]:
    """Documents the scanner has not seen, the oldest first."""
    quarantined = Document.objects.filter(status=DocumentStatus.QUARANTINED)
    return list(quarantined.order_by("pk").values_list("pk", flat=True)[:100])


def in_quarantine(user: User) -> int:
    """How many papers in sight wait for the scanner."""
    return visible_to(user).filter(status=DocumentStatus.QUARANTINED).count()
