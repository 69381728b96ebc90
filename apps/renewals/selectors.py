"""Questions about premiums that are due: what is known of them, whom to remind, and what decides a lapse."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet

from apps.accounts import scoping
from apps.accounts.models import User
from apps.billing import selectors as billing
from apps.billing.models import UNPAID, Instalment
from apps.core.dates import Frequency
from apps.parties import selectors as parties
from apps.parties.states import ConsentPurpose
from apps.policies import selectors as policies
from apps.policies.states import PolicyStatus
from apps.products import selectors as products

from . import rules
from .models import Reminder
from .states import SkipReason


@dataclass(frozen=True, slots=True)
class Premium:
    """一期保费: one instalment beside what its policy says, as renewals look at it."""

    instalment_id: int
    policy_id: int
    number: int
    status: str
    due_on: date
    grace_ends_on: date
    amount: Decimal
    currency: str
    policy_status: str
    frequency: str
    product_version_id: int
    holder_id: int

    @property
    def unpaid(self) -> bool:
        return self.status in UNPAID

    @property
    def in_force(self) -> bool:
        return self.policy_status == PolicyStatus.IN_FORCE

    @property
    def cadence(self) -> Sequence[int]:
        """The stages of its reminders by its product, in days from the due date."""
        return products.terms_of(self.product_version_id).reminder_days.get(Frequency(self.frequency), ())


COLUMNS = (
    *("pk", "policy_id", "number", "status", "due_on", "grace_ends_on", "amount", "currency"),
    *("policy__status", "policy__frequency", "policy__product_version_id", "policy__holder_id"),
)


def premiums(instalment_ids: Iterable[int]) -> dict[int, Premium]:
    """These instalments, by id in the order of the locks: policy, then instalment."""
    rows = Instalment.objects.filter(pk__in=set(instalment_ids)).order_by("policy_id", "pk").values_list(*COLUMNS)
    return {row[0]: Premium(*row) for row in rows}


def lapse_facts(known: Mapping[int, Premium]) -> dict[int, rules.LapseFacts]:
    """What the lapse rule asks about each of these premiums."""
    policy_ids = {premium.policy_id for premium in known.values()}
    in_flight, blocked = billing.in_flight(policy_ids), policies.blocks_lapse(policy_ids)
    return {
        key: rules.LapseFacts(
            unpaid=premium.unpaid,
            in_force=premium.in_force,
            grace_ends_on=premium.grace_ends_on,
            receipt_in_flight=premium.policy_id in in_flight,
            blocking_hold=premium.policy_id in blocked,
            non_forfeiture=products.terms_of(premium.product_version_id).non_forfeiture.default,
        )
        for key, premium in known.items()
    }


def why_not_remind(known: Mapping[int, Premium]) -> dict[int, SkipReason | None]:
    """For each of these premiums why nobody is to be reminded of it; None if somebody is (P06, B-04)."""
    unwanted = parties.withdrawn({premium.holder_id for premium in known.values()}, ConsentPurpose.REMINDERS)
    return _why_not_tell(known, unwanted)


def _why_not_tell(known: Mapping[int, Premium], unwanted: Collection[int]) -> dict[int, SkipReason | None]:
    barred = policies.premium_barred({premium.policy_id for premium in known.values()})
    return {
        key: rules.why_not_remind(
            unpaid=premium.unpaid,
            in_force=premium.in_force,
            barred=premium.policy_id in barred,
            wanted=premium.holder_id not in unwanted,
        )
        for key, premium in known.items()
    }


def still_wanted(instalment_ids: Iterable[int]) -> dict[int, SkipReason | None]:
    """``why_not_remind``, read again at the moment of sending, under the policy's lock."""
    return why_not_remind(premiums(instalment_ids))


def still_demanded(instalment_ids: Iterable[int]) -> dict[int, SkipReason | None]:
    """The same for premium that the law has us demand: of that nobody can decline to hear (B-01)."""
    return _why_not_tell(premiums(instalment_ids), unwanted=())


def stages_sent(instalment_ids: Iterable[int]) -> dict[int, list[int]]:
    """The stages of which a provider has taken the reminder, by instalment: grounds of a suspension (B-01)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT r.instalment_id, array_agg(DISTINCT r.stage ORDER BY r.stage)
               FROM renewals_reminder r
               JOIN audit_event planned ON planned.policy_id = r.policy_id AND planned.name = 'reminder.planned'
                    AND planned.subject_id = r.id
               JOIN audit_event accepted ON accepted.policy_id = r.policy_id AND accepted.name = 'message.accepted'
                    AND (accepted.payload->>'caused_by')::bigint = planned.id
               WHERE r.instalment_id = ANY(%s)
               GROUP BY r.instalment_id""",
            [list(instalment_ids)],
        )
        return dict(cursor.fetchall())


def visible_to(user: User) -> QuerySet[Reminder]:
    """The reminders of the policies this user may see (P44)."""
    reach = scoping.rows(
        user,
        "reminder_read.R",
        branch="instalment__policy__branch",
        agent_user="instalment__policy__agent__user",
        object_type="policies.policy",
        opened="policy_id",
    )
    return Reminder.objects.filter(reach)
