"""Policies in the global search (screen S4): by number, and those of the people who are shown."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import page_of
from apps.core.admin.finding import Found, Hit, Looking, finder
from apps.parties.admin.finding import people
from apps.policies import selectors
from apps.policies.models import Policy
from apps.products import selectors as products

from .pages import RELATED, holder, status


@finder(_("Policies"), permission="policy_read.R", order=20)
def policies(looking: Looking) -> Found:
    numbered = selectors.numbered_like(looking.user, looking.text)
    hits = [_policy(policy, exact=policy.number == looking.text.upper()) for policy in _rows(numbered, looking.most)]
    if not hits and (to_open := _to_open(looking)):
        return Found([to_open])
    if not hits and (concerned := selectors.concerning(people(looking).ids[: looking.most])):
        seen = selectors.visible_to(looking.user).filter(pk__in=concerned)
        hits = [_policy(policy) for policy in _rows(seen, looking.most)]
    return Found.first(hits, looking.most)


def _rows(policies: QuerySet[Policy], most: int) -> QuerySet[Policy]:
    return policies.select_related(*RELATED).defer("product_version__terms").order_by("-pk")[: most + 1]


def _to_open(looking: Looking) -> Hit | None:
    """The one policy of this number that an assistant does not see and may open for a purpose (decision 25)."""
    if not any(map(str.isdigit, looking.text)):
        return None
    number = selectors.within_reach(looking.user).filter(number=looking.text.upper()).values_list("number", flat=True)
    if not (found := number.first()):
        return None
    return Hit(f"{reverse('admin:policies_policy_open')}?number={found}", found, [_now("to be opened for a purpose")])


def _policy(policy: Policy, *, exact: bool = False) -> Hit:
    agent = policy.agent.name if policy.agent else ""
    facts = (holder(policy), products.name_of(policy.product_version.product), policy.branch.name, agent)
    return Hit(page_of(policy, policy.pk), policy.number, facts, status(policy), exact)
