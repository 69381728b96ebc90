"""The demonstration: the same seed makes the same rows, and they are what a clerk would believe."""

import stat
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import RoleGrant, User
from apps.accounts.permissions import enabled_roles
from apps.core.dates import Frequency, age_last_birthday
from apps.imports.demo import writing
from apps.imports.demo.book import BLOCK
from apps.imports.demo.people import SLOTS, Number, People
from apps.imports.demo.recipe import read_recipe
from apps.imports.models import PortfolioImport
from apps.imports.services import import_portfolio
from apps.operations.models import Agenda, BusinessDay
from apps.parties.identifiers import ResidentId, parse_bank_card, parse_resident_id
from apps.parties.models import Agent
from apps.policies.models import Policy, PolicyVersion
from apps.policies.rules import check_riders, check_terms
from apps.policies.states import PolicyStatus
from apps.policies.terms import Coverage, Terms
from apps.policies.terms_json import from_json
from apps.products.rules import RatingFacts, limit_refusals, premium, sum_assured
from apps.products.selectors import terms_of, version_in_force
from apps.products.terms import ProductTerms
from apps.products.values import Period

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


def test_the_rows_of_a_part_are_those_of_the_whole(company):
    book = company.book()
    whole = list(book.rows(2 * BLOCK + 20))
    assert list(book.rows(2 * BLOCK + 20, BLOCK + 1)) == whole[BLOCK:]
    assert list(company.book().rows(30)) == whole[:30]


def test_nobody_shares_a_number_with_somebody_else(company):
    owners: dict[str, set[str]] = {}
    for row in company.rows(4 * BLOCK):
        for who in ("投保人", "被保险人"):
            for column in ("身份证号", "手机"):
                if text := row[f"{who}{column}"]:
                    owners.setdefault(text, set()).add(row[f"{who}姓名"] + row[f"{who}地址"])
        if row["银行账号"]:
            owners.setdefault(row["银行账号"], set()).add(row["投保人姓名"] + row["投保人地址"])
    assert all(len(people) == 1 for people in owners.values())


def test_people_of_a_million_policies_would_not_share_one_either(company):
    """By construction, shown on numbers far apart: the same place, sex and age, so that nothing else tells them."""
    people = People(company.recipe, Random(1), company.ctx.business_date)
    place = company.recipe.places["864403"]
    numbers = [*range(0, 2_000), *range(SLOTS, SLOTS + 2_000), *range(600_000, 602_000)]
    drawn = [people.draw(place, Number(number, number), age=40, sex="1") for number in numbers]
    for unique in ("id_number", "mobile", "card"):
        values = [getattr(person, unique) for person in drawn if getattr(person, unique)]
        assert len({value[-8:] if unique == "mobile" else value for value in values}) == len(values)


def test_several_policies_a_holder_and_riders_on_some(company):
    rows = company.rows(2 * BLOCK)
    policies_of = Counter(row["投保人身份证号"] for row in rows)
    assert max(policies_of.values()) > 2
    assert {row["产品代码"] for row in rows} == {product.code for product in company.recipe.products}
    assert {row["附加险1代码"] for row in rows} == {"", "HOSP01", "WAIVER01"}


def test_premiums_are_those_of_the_products_and_within_their_limits(company, demo_mapping, book_file):
    import_portfolio(company.ctx, path=book_file(company.rows(400)), mapping=demo_mapping)
    for version in PolicyVersion.objects.all():
        terms = from_json(version.terms)
        assert list(check_terms(terms)) == []
        covers = terms.coverages
        products = {each.code: terms_of(version_in_force(each.product, each.effective_on).pk) for each in covers}
        assert list(check_riders(terms, products)) == []
        for cover in covers:
            product, facts = products[cover.code], facts_of(terms, cover, products[cover.code])
            assert premium(product, facts).amount == cover.premium
            assert sum_assured(product, facts).amount == cover.sum_assured
            assert list(limit_refusals(product, facts)) == []


def facts_of(terms: Terms, cover: Coverage, product: ProductTerms) -> RatingFacts:
    """What a cover was priced by. A chosen premium is the yearly one that makes its instalments."""
    [life], part = terms.lives, product.coverage(cover.code)
    factor = product.modal_factors[Frequency(terms.frequency)]
    chosen = Decimal(round(cover.premium / factor)) if part.premium_limits else Decimal(0)
    return RatingFacts(
        coverage=cover.code,
        sex=life.sex,
        age=age_last_birthday(life.born_on, cover.effective_on),
        sum_assured=cover.sum_assured,
        policy_term=Period.parse(cover.policy_term),
        payment_term=Period.parse(cover.payment_term),
        frequency=Frequency(terms.frequency),
        occupation_class=life.occupation_class,
        annual_premium=chosen,
    )


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
            assert len(ahead & days) > (50 if kind == "bill" else 20)
        roles = set(RoleGrant.objects.values_list("role", flat=True))
        assert roles == enabled_roles() - MACHINES
        assert RoleGrant.objects.filter(role="supervisor").count() == 2
        assert Agent.objects.get(user__username="agent").name == User.objects.get(username="agent").name
        assert Policy.objects.filter(agent__user__username="agent").exists()

    def test_a_large_book_comes_in_files_written_by_other_processes(self, ctx, tmp_path, monkeypatch):
        monkeypatch.setattr(writing, "FILE_ROWS", BLOCK)
        out = StringIO()
        call_command("demo", "--size=1k", day=ctx.business_date, accounts=tmp_path / "accounts.txt", stdout=out)
        assert out.getvalue().startswith("500 of 1,000 policies\n1000 policies.")
        assert Policy.objects.count() == 1000
        assert PortfolioImport.objects.count() == 2

    @pytest.mark.parametrize("size", ["0", "-5", "1.5k", "many", "3M", ""])
    def test_a_size_that_is_none_is_refused(self, size):
        with pytest.raises(CommandError):
            call_command("demo", f"--size={size}", stdout=StringIO())
        assert Policy.objects.count() == 0

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
