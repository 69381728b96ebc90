"""The list of policies, and one in full."""

from django.db.models import OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.api import (
    Call,
    Code,
    Day,
    Decimals,
    Detail,
    Expansion,
    Found,
    Id,
    List,
    Many,
    Money,
    Number,
    OfRows,
    One,
    Shape,
    Text,
    a_code,
    a_text,
    an_id,
    declare_scope,
    operation,
)
from apps.parties import reveals
from apps.parties.api import PARTIES_READ, Name, PartySummary
from apps.parties.states import RelationshipCode
from apps.policies import selectors
from apps.policies.models import Hold, Policy, PolicyCoverage, PolicyRole
from apps.policies.states import HoldKind, PolicyStatus, PremiumStatus, RoleKind, TerminationCode

POLICIES_READ = declare_scope("policies:read", _("Read policies, their versions and their history"))
POLICIES_READ_PII = declare_scope("policies:read.pii", _("Read the names on policies in full, for a stated purpose"))
READ = "policy_read.R"
NUMBER = r"[A-Za-z0-9-]{1,32}"


class PolicySummary(Shape):
    """A policy 保单 in a list."""

    model = Policy
    expandable = {"holder": Expansion(One(PartySummary, "holder"), PARTIES_READ, "customer_read.R")}

    id = Id("policy")
    number = Text("The number on the contract 保单号.", example="P2024000001")
    status = Code(PolicyStatus, "保单状态.")
    premium_status = Code(PremiumStatus, "交费状态.")
    product = Text("Product code.", "product_version__product__code", example="TERM01")
    holder = Id("party", "holder__public_id", "The policyholder 投保人.")
    branch = Text("Code of the office.", "branch__code")
    agent = Id("agent", "agent__public_id", "The agent who serves the customer.", null=True)
    effective_on = Day("The first day of cover.")
    ends_on = Day("The day cover ends; null for life.", null=True)
    frequency = Text("How often a premium is due.", example="annual")
    premium = Money("One instalment.")
    sum_assured = Money("Of the main coverage.")
    paid_to = Day("The date to which premium is paid 交至日; null for a single premium.", null=True)


class PolicyRoleShape(Shape):
    """Who is what on a policy, and since when."""

    model = PolicyRole
    role = Code(RoleKind)
    party = Id("party", "party__public_id")
    name = Name("Masked unless asked for with a purpose.", "party__")
    benefit_order = Number("Of a beneficiary, from 1.", null=True)
    share = Decimals("Of a beneficiary, a fraction of his benefit order.", null=True)
    relationship = Code(RelationshipCode, "To the insured.", null=True)
    since = Day("", "from_date")


class PolicyCoverageShape(Shape):
    """A coverage 险种, for as long as it was or will be as it is here."""

    model = PolicyCoverage
    code = Text("Never changes.", example="C1")
    product = Text()
    sum_assured = Money(currency="policy__currency")
    premium = Money(currency="policy__currency")
    since = Day("", "from_date")
    ends_on = Day("", "to_date", null=True)


class HoldShape(Shape):
    """A hold 冻结 that blocks some acts on the policy."""

    model = Hold
    kind = Code(HoldKind)
    placed_on = Day()


class PolicyShape(PolicySummary):
    """A policy 保单 in full."""

    row_version = (
        "{table}.xmin::text || coalesce((SELECT string_agg(h.xmin::text, ',' ORDER BY h.id) FROM policies_hold h"
        " WHERE h.policy_id = {table}.id), '')"
    )

    contract_version = Number("The latest version of the terms.", "revision")
    premium_ends_on = Day("The last premium falls due before this day.", null=True)
    cutover_on = Day("The day the policy was taken over from another system.", null=True)
    suspended_on = Day("Cover is suspended from this day.", null=True)
    terminated_on = Day("", null=True)
    termination = Code(TerminationCode, "Why it ended.", "termination_code", null=True)
    roles = Many(PolicyRoleShape, PolicyRole.objects.filter(policy=OuterRef("pk"), to_date=None).order_by("role", "pk"))
    coverages = Many(PolicyCoverageShape, PolicyCoverage.objects.filter(policy=OuterRef("pk")).order_by("code", "pk"))
    holds = Many(HoldShape, Hold.objects.filter(policy=OuterRef("pk"), released_on=None).order_by("pk"))


class OfPolicy(OfRows):
    """What all operations below a policy share."""

    permission, scope = READ, POLICIES_READ

    def policy(self, call: Call) -> int:
        """The key of the policy the address names."""
        pk = selectors.visible_to(call.user).filter(public_id=call.ids["policy"]).values_list("pk", flat=True).first()
        if pk is None:
            raise self.missing(call)
        return pk

    @property
    def model(self) -> type[Policy]:
        return Policy


@operation("GET", "policies")
class Policies(List):
    """The policies in the caller's area, newest first. Policies do not tell when they last changed: there is no
    ``updated_since``."""

    summary = "List policies"
    permission, scope, shape = READ, POLICIES_READ, PolicySummary
    filters = (
        a_text("number", "Policy number, whole.", NUMBER, "number"),
        a_code("status", "保单状态.", PolicyStatus),
        a_code("premium_status", "交费状态.", PremiumStatus),
        a_text("product", "Product code.", r"[A-Za-z0-9_-]{1,40}", "product_version__product__code"),
        an_id("holder", "The policyholder.", "party", "holder__public_id"),
        an_id("agent", "The agent.", "agent", "agent__public_id"),
    )
    sorts = {"number": "number"}

    def rows(self, call: Call) -> QuerySet:
        return selectors.visible_to(call.user)


@operation("GET", "policies/{policy}")
class PolicyDetail(Detail):
    """One policy with its people, coverages and open holds. Names are masked; with the scope ``policies:read.pii`` and
    a ``Purpose`` they stand in full, which is recorded and counts against the day's quota."""

    summary = "Read a policy"
    permission, scope, pii_scope, shape = READ, POLICIES_READ, POLICIES_READ_PII, PolicyShape

    def rows(self, call: Call) -> QuerySet:
        return selectors.visible_to(call.user)

    def disclose(self, call: Call, found: Found) -> None:
        reveals.disclose(call.ctx, call.user, party_ids=selectors.people_on(found.pk), purpose=call.purpose)
