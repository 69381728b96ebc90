"""Questions about policies."""

import pytest

from apps.core.errors import NotFound
from apps.policies import selectors
from apps.policies import services as policies
from apps.policies.states import HoldKind
from tests.factories import a_branch, a_policy, a_user, an_agent

pytestmark = pytest.mark.django_db


@pytest.mark.promise("P44")
def test_a_clerk_sees_the_policies_of_his_branch_and_below(ctx):
    head = a_branch("86")
    east, west = a_branch("8631", head), a_branch("8644", head)
    there, here = a_policy(branch=east), a_policy(branch=west)
    clerk, boss = a_user("policy_clerk", branch=west), a_user("policy_clerk", branch=head)
    assert list(selectors.visible_to(clerk)) == [here]
    assert set(selectors.visible_to(boss)) == {there, here}


@pytest.mark.promise("P44")
def test_an_agent_sees_his_own_customers_only(ctx):
    user = a_user("agent")
    own = a_policy(agent=an_agent(user=user))
    a_policy(agent=an_agent())
    assert list(selectors.visible_to(user)) == [own]


@pytest.mark.promise("P44")
def test_who_holds_no_role_sees_nothing(ctx):
    a_policy()
    assert not selectors.visible_to(a_user()).exists()


def test_an_unknown_number_is_not_found(ctx):
    policy = a_policy(number="P1")
    assert selectors.by_number(" P1 ") == policy
    with pytest.raises(NotFound) as refused:
        selectors.by_number("P2")
    assert refused.value.code == "policy_not_found"


@pytest.mark.parametrize(
    ("kind", "blocks", "bars"),
    [
        (HoldKind.CLAIM, True, False),
        (HoldKind.LEGAL, True, False),
        (HoldKind.DISPUTE, True, False),
        (HoldKind.NONDISCLOSURE, True, True),
        (HoldKind.PLEDGE, False, False),
        (HoldKind.LOST_DOCUMENT, False, False),
        (HoldKind.AML, False, False),
    ],
)
def test_some_holds_keep_a_policy_from_lapsing_and_one_from_paying(ctx, kind, blocks, bars):
    policy, other = a_policy(), a_policy()
    ids = [policy.pk, other.pk]
    policies.place_hold(ctx, policy_id=policy.pk, kind=kind, reason="why")
    assert (policy.pk in selectors.blocks_lapse(ids), policy.pk in selectors.premium_barred(ids)) == (blocks, bars)
    policies.release_hold(ctx, policy_id=policy.pk, kind=kind, reason="over")
    assert selectors.blocks_lapse(ids) == selectors.premium_barred(ids) == set()


def test_billing_gets_what_it_needs_of_many_policies_at_once(ctx, django_assert_num_queries):
    first, second = a_policy(), a_policy(frequency="monthly")
    with django_assert_num_queries(1):
        facts = selectors.premium_facts([second.pk, first.pk])
    assert list(facts) == [first.pk, second.pk]
    assert (facts[second.pk].frequency, facts[second.pk].premium) == ("monthly", second.premium)
