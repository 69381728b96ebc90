"""The demonstration: the same seed makes the same rows, and they are what a clerk would believe."""

import stat
from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import RoleGrant, User
from apps.accounts.permissions import enabled_roles
from apps.core.dates import Frequency, age_last_birthday
from apps.imports.demo.recipe import read_recipe
from apps.imports.services import import_portfolio
from apps.operations.models import Agenda, BusinessDay
from apps.parties.identifiers import ResidentId, parse_bank_card, parse_resident_id
from apps.parties.models import Agent
from apps.policies.models import Policy, PolicyVersion
from apps.policies.states import PolicyStatus
from apps.policies.terms_json import from_json
from apps.products.rules import RatingFacts, limit_refusals, premium
from apps.products.selectors import terms_of, version_in_force
from apps.products.terms import Period

pytestmark = pytest.mark.django_db
MACHINES = {"api_client"}


def test_the_same_seed_makes_the_same_rows(company):
    assert company.rows(120) == company.rows(120)


def test_every_person_is_consistent(company):
    today = company.ctx.business_date
    for row in company.rows(400):
        for who in ("投保人", "被保险人"):
            if row[f"{who}姓名"]:
                parsed = parse_resident_id(row[f"{who}身份证号"], on=today)
                assert isinstance(parsed, ResidentId)
                assert parsed.warnings == ()
        if row["银行账号"]:
            assert parse_bank_card(row["银行账号"]).warnings == ()
        assert row["投保人邮箱"].endswith("@example.com") or not row["投保人邮箱"]


def test_rare_names_are_among_them(company):
    recipe = read_recipe()
    rare = {name for names in recipe.rare_names.values() for name in names}
    names = {row[column] for row in company.rows(600) for column in ("投保人姓名", "被保险人姓名", "受益人1姓名")}
    assert len(names & rare) >= 2


def test_premiums_are_those_of_the_products_and_within_their_limits(company, demo_mapping, book_file):
    import_portfolio(company.ctx, path=book_file(company.rows(200)), mapping=demo_mapping)
    for version in PolicyVersion.objects.all():
        terms = from_json(version.terms)
        main, life = terms.main, terms.lives[0]
        facts = RatingFacts(
            coverage=main.code,
            sex=life.sex,
            age=age_last_birthday(life.born_on, main.effective_on),
            sum_assured=main.sum_assured,
            policy_term=Period.parse(main.policy_term),
            payment_term=Period.parse(main.payment_term),
            frequency=Frequency(terms.frequency),
            occupation_class=life.occupation_class,
        )
        product = terms_of(version_in_force(main.product, main.effective_on).pk)
        assert premium(product, facts).amount == main.premium
        assert list(limit_refusals(product, facts)) == []


class TestTheCommand:
    @pytest.fixture
    def demo(self, ctx, tmp_path):
        path = tmp_path / "local" / "accounts.txt"
        call_command("demo", day=ctx.business_date, accounts=path, stdout=StringIO())
        return path

    def test_one_command_makes_a_company_ready_for_its_first_day(self, demo, ctx):
        assert Policy.objects.count() == 2000
        assert BusinessDay.objects.get().date == ctx.business_date
        standings = Counter(Policy.objects.values_list("status", flat=True))
        assert set(standings) == {*PolicyStatus.values} - {PolicyStatus.VOID}
        for kind in ("bill", "expire"):
            days = set(Agenda.objects.filter(kind=kind).values_list("due_on", flat=True))
            ahead = {ctx.business_date + timedelta(days=number) for number in range(1, 61)}
            assert len(ahead & days) == 60 if kind == "bill" else len(ahead & days) > 30
        roles = set(RoleGrant.objects.values_list("role", flat=True))
        assert roles == enabled_roles() - MACHINES
        assert RoleGrant.objects.filter(role="supervisor").count() == 2
        assert Agent.objects.get(user__username="agent").name == User.objects.get(username="agent").name
        assert Policy.objects.filter(agent__user__username="agent").exists()

    def test_passwords_are_written_for_their_owner_alone(self, demo):
        assert stat.S_IMODE(demo.stat().st_mode) == 0o600
        lines = [line.split() for line in demo.read_text(encoding="utf-8").splitlines()]
        assert {username for username, *_rest in lines} == set(User.objects.values_list("username", flat=True))
        username, password, *_rest = lines[0]
        assert User.objects.get(username=username).check_password(password)
        assert len({password for _username, password, *_rest in lines}) == len(lines)

    def test_a_second_time_it_does_nothing_or_refuses(self, demo, ctx):
        before = Policy.objects.count()
        call_command("demo", if_empty=True, stdout=StringIO())
        with pytest.raises(CommandError):
            call_command("demo", day=ctx.business_date, accounts=demo, stdout=StringIO())
        assert Policy.objects.count() == before
