"""Authority 签批权限: who decides up to which amount, and who says so (P24)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts import authority, rules
from apps.accounts.matrix import matrix
from apps.accounts.models import Authority
from apps.accounts.rules import Limit
from apps.core.errors import Conflict, NotPermitted, Refused
from tests import factories as make
from tests.conftest import TODAY

SURRENDER = {"action": "surrender_paid_up", "capability": "E", "on": TODAY}
PATHS = ["", "86/", "86/8644/", "86/8644/864401/", "86/8631/"]


def granted(ctx, checker, **details):
    asked = {"role": "endorsement_clerk", "action": "surrender_paid_up", "max_amount": Decimal("50000")}
    asked |= {"from_date": TODAY, "reason": "board of 2026", "branch_id": make.a_branch("86").pk} | details
    return authority.grant(checker, authority_id=authority.ask(ctx, **asked).pk)


@given(st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(["", "SURRENDER"]), st.integers(0, 9)), max_size=8))
def test_the_nearest_office_counts_before_the_item_and_no_other_branch_does(rows):
    limits = [Limit("clerk", "act", Decimal(amount), item, path) for path, item, amount in rows]
    found = rules.governing(limits, role="clerk", action="act", item="SURRENDER", path="86/8644/")
    fit = [limit for limit in limits if "86/8644/".startswith(limit.path)]
    if found is None:
        assert not fit
    else:
        nearest = max(len(limit.path) for limit in fit)
        assert len(found.path) == nearest
        assert found.item or not any(limit.item for limit in fit if len(limit.path) == nearest)


def test_the_newer_of_two_equal_limits_counts():
    old, new = (Limit("r", "a", Decimal(n), from_date=date(2020 + n, 1, 1)) for n in (1, 2))
    assert rules.governing([old, new], role="r", action="a", item="", path="86/") == new


@given(st.lists(st.one_of(st.none(), st.decimals(0, 10**6, places=2))))
def test_roles_add_up_and_one_without_limit_has_none(amounts):
    most = rules.widest(amounts)
    assert (most is None) == (None in amounts)
    if most is not None:
        assert most == max(amounts, default=Decimal(0))


def test_every_default_is_for_a_role_that_decides_the_action():
    assert all(limit.action in authority.decided_by(limit.role) for limit in authority.defaults())
    named = {(limit.role, limit.action) for limit in authority.defaults()}
    for code, action in matrix().actions.items():
        for role, cell in action.cells.items():
            if any(grant.limit in authority.BY_AUTHORITY for grant in cell.values()):
                assert (role, code) in named, "without a figure it would decide nothing"


@pytest.mark.django_db
class TestTable:
    def test_the_defaults_count_until_the_company_sets_its_own(self, ctx, checker):
        clerk = make.a_user("endorsement_clerk")
        assert authority.most(clerk, **SURRENDER) == Decimal("10000")
        granted(ctx, checker)
        assert authority.most(clerk, **SURRENDER) == Decimal("50000")

    def test_a_branch_may_have_less_than_the_head_office_and_an_item_less_than_its_action(self, ctx, checker):
        head = make.a_branch("86")
        province = make.a_branch("8644", head)
        near = make.a_user("endorsement_clerk", branch=make.a_branch("864401", province))
        there = make.a_user("endorsement_clerk", branch=head)
        granted(ctx, checker)
        granted(ctx, checker, branch_id=province.pk, max_amount=Decimal("20000"))
        granted(ctx, checker, branch_id=province.pk, item="surrender", max_amount=Decimal("5"))
        assert authority.most(near, **SURRENDER) == Decimal("20000")
        assert authority.most(near, item="SURRENDER", **SURRENDER) == Decimal("5")
        assert authority.most(there, item="SURRENDER", **SURRENDER) == Decimal("50000")

    def test_it_counts_from_its_first_day_to_its_last(self, ctx, checker):
        clerk = make.a_user("endorsement_clerk")
        granted(ctx, checker, from_date=TODAY + timedelta(1), to_date=TODAY + timedelta(2), max_amount=None)
        days = [TODAY + timedelta(n) for n in range(4)]
        most = [authority.most(clerk, **SURRENDER | {"on": day}) for day in days]
        assert most == [Decimal("10000"), None, None, Decimal("10000")]

    def test_who_has_no_such_permission_decides_nothing(self):
        stranger = make.a_user("renewal_clerk")
        refusal = authority.within(stranger, branch_id=stranger.branch_id, amount=Decimal(0), **SURRENDER)
        assert refusal.code == "not_permitted"

    def test_a_grant_the_matrix_does_not_tie_to_the_table_has_no_limit(self):
        clerk = make.a_user("endorsement_clerk")
        assert authority.most(clerk, action="contact_change", capability="E", on=TODAY) is None

    @pytest.mark.promise("P24")
    @pytest.mark.parametrize(
        ("amount", "who"),
        [("10000.00", None), ("10000.01", "Supervisor"), ("-10000.01", "Supervisor"), ("1000000.01", "nobody")],
    )
    def test_above_ones_authority_it_says_who_may_decide(self, amount, who, settings):
        settings.LANGUAGE_CODE = "en"
        clerk = make.a_user("endorsement_clerk", branch=make.a_branch("8644", make.a_branch("86")))
        refusal = authority.within(clerk, branch_id=clerk.branch_id, amount=Decimal(amount), **SURRENDER)
        if who is None:
            assert refusal is None
        else:
            assert refusal.code == "authority_exceeded"
            assert refusal.params["limit"] == Decimal("10000")
            assert who in refusal.params["deciders"]

    def test_a_higher_office_is_named_where_only_it_may_decide(self, ctx, checker):
        head = make.a_branch("86")
        province = make.a_branch("8644", head)
        granted(ctx, checker, role="supervisor", max_amount=None)
        granted(ctx, checker, role="supervisor", branch_id=province.pk, max_amount=Decimal("100000"))
        clerk = make.a_user("endorsement_clerk", branch=province)
        told = [
            authority.within(clerk, branch_id=province.pk, amount=Decimal(amount), **SURRENDER).params["deciders"]
            for amount in (100000, 100001)
        ]
        assert "8644" in told[0]
        assert told[1].endswith("86") or "86 " in told[1] or "机构86" in told[1]

    @pytest.mark.promise("P47")
    def test_nobody_grants_what_he_asked_for(self, ctx, checker):
        asked = authority.ask(
            ctx,
            role="supervisor",
            action="surrender_paid_up",
            branch_id=make.a_branch().pk,
            max_amount=None,
            from_date=TODAY,
            reason="mine",
        )
        with pytest.raises(NotPermitted) as refused:
            authority.grant(ctx, authority_id=asked.pk)
        assert refused.value.code == "same_person"
        with pytest.raises(IntegrityError), transaction.atomic():
            Authority.objects.filter(pk=asked.pk).update(approved_person=ctx.person)
        authority.grant(checker, authority_id=asked.pk)
        with pytest.raises(Conflict):
            authority.refuse(checker, authority_id=asked.pk, reason="too late")

    @pytest.mark.parametrize(
        ("details", "code"),
        [
            ({"role": "agent"}, "authority_not_for_role"),
            ({"max_amount": Decimal("-1")}, "authority_amount_malformed"),
            ({"max_amount": Decimal("1.001")}, "authority_amount_malformed"),
            ({"to_date": TODAY - timedelta(1)}, "role_dates_reversed"),
            ({"reason": " "}, "reason_required"),
        ],
    )
    def test_what_cannot_be_an_authority_is_refused(self, ctx, checker, details, code):
        with pytest.raises(Refused) as refused:
            granted(ctx, checker, **details)
        assert refused.value.code == code
        assert not Authority.objects.exists()

    def test_one_that_is_ended_gives_way_to_what_counted_before(self, ctx, checker):
        clerk = make.a_user("endorsement_clerk")
        row = granted(ctx, checker)
        authority.end(ctx, authority_id=row.pk, reason="restructured")
        assert authority.most(clerk, **SURRENDER) == Decimal("10000")
