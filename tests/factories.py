"""What tests need to exist, made by the services that make it in real life."""

from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from apps.accounts import services as accounts
from apps.accounts.models import Branch, User
from apps.billing import services as billing
from apps.billing.models import UNPAID
from apps.billing.rules import Schedule, next_due
from apps.billing.services import Confirmed
from apps.billing.states import Channel
from apps.core.context import Context, job
from apps.core.dates import Frequency, add_years, suspension_date
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


def an_agent(branch: Branch | None = None, user: User | None = None, code: str = "") -> Agent:
    """An agent of the branch, who signs in as ``user`` if one is given."""
    code = code or f"A{next(_numbers):06d}"
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


PRODUCT = """\
code: {code}
name_zh: 安和人寿试验终身寿险
name_en: Trial whole life
line: whole_life
effective_on: 1995-01-01
coverages:
  - code: C1
    name_zh: 终身寿险
    name_en: Whole life
    min_sum_assured: 10000
    max_sum_assured: 10000000
    sum_assured_unit: 1000
    plans:
      - {{policy_term: O, payment_term: O, min_age: 0, max_age: 60}}
      - {{policy_term: O, payment_term: S, min_age: 0, max_age: 60}}
    benefits:
      - {{code: DEATH, name_zh: 身故保险金, name_en: Death, payee: death_beneficiary}}
    rates: {{factors: [sex], per: 1000}}
modal_factors: {{single: 1, annual: 1, semi_annual: 0.52, quarterly: 0.27, monthly: 0.09}}
grace_rolls: false
endorsement_items: {{}}
at_term_end: {at_term_end}
"""
SHIPPED_PRODUCTS = ("TERM01", "WHOLE01", "MED01")


def a_product_version(code: str = "TRIAL01", at_term_end: str = "expire") -> ProductVersion:
    """The newest version of a product; loaded if it is not there: one we ship, or one made up with two rates.

    The made-up one has the defaults of every product, except that its grace does not roll over days off.
    """
    if not ProductVersion.objects.filter(product__code=code).exists():
        products.terms_of.cache_clear()
        if code in SHIPPED_PRODUCTS:
            load_products(the_system())
        else:
            _load_trial_product(code, at_term_end)
    return products.version_in_force(code, TODAY)


def _load_trial_product(code: str, at_term_end: str) -> None:
    with TemporaryDirectory() as directory:
        folder = Path(directory) / code
        folder.mkdir()
        (folder / "product.yaml").write_text(PRODUCT.format(code=code, at_term_end=at_term_end), encoding="utf-8")
        (folder / "rates.csv").write_text("coverage,sex,rate\nC1,1,12\nC1,2,11\n", encoding="utf-8")
        load_products(the_system(), directory=Path(directory))


def some_terms(
    *,
    product: str = "TRIAL01",
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


def a_receipt(
    policy: Policy,
    amount: str,
    *,
    value_on: date = TODAY,
    ref: str = "",
    on: date = TODAY,
) -> Confirmed:
    """Money for a policy, entered by one person and confirmed by another."""
    maker, checker = (Context(actor=f"user:{name}", person=name, business_date=on) for name in ("maker", "checker"))
    receipt = billing.key_receipt(
        maker,
        policy_number=policy.number,
        amount=Decimal(amount),
        channel=Channel.TRANSFER,
        channel_ref=ref or f"T{next(_numbers):08d}",
        value_on=value_on,
    )
    return billing.confirm_receipt(checker, receipt.pk)


def a_lapse(policy: Policy, on: date) -> None:
    """What the night does to a policy whose grace is over: grace, then suspension."""
    ctx = job("night", on)
    instalment = policy.instalments.filter(status__in=UNPAID).earliest("due_on")
    billing.enter_grace(ctx, [instalment.pk])
    policies.enter_grace(ctx, [policy.pk])
    billing.fall_overdue(ctx, [instalment.pk])
    policies.suspend(ctx, {policy.pk: suspension_date(instalment.grace_ends_on)})
