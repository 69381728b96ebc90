"""What tests need to exist, made by the services that make it in real life."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from apps.accounts import services as accounts
from apps.accounts.models import Branch, User
from apps.billing.rules import Schedule, next_due
from apps.core.context import Context, job
from apps.core.dates import Frequency, add_years
from apps.parties import services as parties
from apps.parties.models import Agent, Party
from apps.parties.states import Sex
from apps.policies import services as policies
from apps.policies.models import Policy
from apps.policies.states import PolicyStatus, PremiumStatus
from apps.policies.terms import Beneficiary, Coverage, Life, Terms
from apps.products import selectors as products
from apps.products.models import ProductVersion
from apps.products.services import load_products
from tests.conftest import TODAY

PASSWORD = "correct-horse-battery"
_numbers = count(1)


def the_system() -> Context:
    """The context in which fixtures come into being."""
    return job("tests", TODAY)


def a_branch(code: str = "86", parent: Branch | None = None) -> Branch:
    """The branch of that code; the same one when asked again."""
    found = Branch.objects.filter(code=code).first()
    return found or accounts.create_branch(
        the_system(), code=code, name=f"Branch {code}", parent_id=parent.pk if parent else None
    )


def a_user(*roles: str, branch: Branch | None = None, username: str = "", person: str = "") -> User:
    """An account of the branch with these roles, who signs in with ``PASSWORD``."""
    username = username or f"user{next(_numbers)}"
    return accounts.install_user(
        the_system(),
        username=username,
        name=username.title(),
        branch_id=(branch or a_branch()).pk,
        roles=roles,
        password=PASSWORD,
        person=person,
    )


def as_user(user: User) -> Context:
    """The context of this account at work on the test's business date."""
    return Context(actor=user.actor, person=user.person, business_date=TODAY)


def an_agent(branch: Branch | None = None, user: User | None = None) -> Agent:
    """An agent of the branch, who signs in as ``user`` if one is given."""
    code = f"A{next(_numbers):06d}"
    return parties.register_agent(
        the_system(),
        code=code,
        name=f"Agent {code}",
        branch_id=(branch or a_branch()).pk,
        user_id=user.pk if user else None,
    )


def a_person(name: str = "", branch: Branch | None = None, **details: Any) -> Party:
    """A customer, born in 1986 unless said otherwise."""
    born = {"born_on": date(1986, 5, 17), "sex": Sex.FEMALE, **details}
    return parties.register_person(
        the_system(), name=name or f"客户{next(_numbers)}", branch_id=(branch or a_branch()).pk, **born
    )


def a_product_version(code: str = "WHOLE01") -> ProductVersion:
    """The newest version of a product we ship; all of them are loaded once a test."""
    if not ProductVersion.objects.exists():
        products.terms_of.cache_clear()
        load_products(the_system())
    return products.version_in_force(code, TODAY)


def some_terms(
    *,
    product: str = "WHOLE01",
    holder: Party | None = None,
    insured: Party | None = None,
    effective_on: date = date(2024, 3, 15),
    years: int | None = None,
    premium_years: int | None = 20,
    frequency: str = "annual",
    premium: str = "1200.00",
    sum_assured: str = "100000.00",
    beneficiaries: tuple[Beneficiary, ...] = (),
) -> Terms:
    """A contract with one coverage; the holder insures himself unless said otherwise."""
    holder = holder or a_person()
    insured = insured or holder
    coverage = Coverage(
        code="C1",
        product=product,
        version=a_product_version(product).number,
        policy_term="O" if years is None else f"{years}Y",
        payment_term={None: "O", 0: "S"}.get(premium_years, f"{premium_years}Y"),
        sum_assured=Decimal(sum_assured),
        premium=Decimal(premium),
        effective_on=effective_on,
        ends_on=None if years is None else add_years(effective_on, years),
        premium_ends_on=None if premium_years is None else add_years(effective_on, premium_years),
    )
    return Terms(
        holder=holder.pk,
        lives=(Life(insured.pk, insured.born_on, insured.sex, 1),),
        coverages=(coverage,),
        frequency=frequency,
        currency="CNY",
        effective_on=effective_on,
        beneficiaries=beneficiaries,
    )


def a_policy(
    ctx: Context | None = None,
    *,
    number: str = "",
    branch: Branch | None = None,
    agent: Agent | None = None,
    status: PolicyStatus | None = None,
    premium_status: PremiumStatus | None = None,
    paid_to: date | None = None,
    cutover_on: date | None = None,
    **terms: Any,
) -> Policy:
    """A policy in force whose next instalment is planned; ``terms`` as in ``some_terms``.

    Unless ``paid_to`` says otherwise it is paid to its first due date after the test's business date.
    """
    ctx = ctx or the_system()
    contract = some_terms(**terms)
    if paid_to is None and contract.frequency != Frequency.SINGLE:
        schedule = Schedule(contract.effective_on, Frequency(contract.frequency), None)
        paid_to = next_due(schedule, ctx.business_date).due_on
    return policies.issue(
        ctx,
        number=number or f"P{next(_numbers):010d}",
        terms=contract,
        branch_id=(branch or a_branch()).pk,
        agent_id=agent.pk if agent else None,
        status=status,
        premium_status=premium_status,
        paid_to=paid_to,
        cutover_on=cutover_on,
    )
