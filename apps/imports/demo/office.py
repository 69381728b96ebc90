"""The demonstration company 演示公司: its offices, agents and accounts."""

import secrets
from collections.abc import Mapping, Sequence
from random import Random

from apps.accounts import services as accounts
from apps.core.context import Context
from apps.parties import services as parties

from .people import People
from .recipe import Account, Recipe

AGENT_ROLE = "agent"
PASSWORD_BYTES = 12
YEARS_OF_AGENTS = range(2012, 2025)


def found_offices(ctx: Context, recipe: Recipe) -> dict[str, int]:
    """Found every office below its parent; their ids by code."""
    ids: dict[str, int] = {}
    for office in recipe.offices:
        branch = accounts.create_branch(ctx, code=office.code, name=office.name, parent_id=ids.get(office.parent))
        ids[office.code] = branch.pk
    return ids


def open_accounts(
    ctx: Context, recipe: Recipe, offices: Mapping[str, int]
) -> tuple[dict[Account, str], dict[str, int]]:
    """An account for each role: the generated passwords by account, and the ids of the users by name."""
    passwords: dict[Account, str] = {}
    users: dict[str, int] = {}
    for account in recipe.accounts:
        passwords[account] = secrets.token_urlsafe(PASSWORD_BYTES)
        user = accounts.install_user(
            ctx,
            username=account.username,
            name=account.name,
            branch_id=offices[account.office],
            roles=[account.role],
            password=passwords[account],
        )
        users[account.username] = user.pk
    return passwords, users


def register_agents(
    ctx: Context, recipe: Recipe, offices: Mapping[str, int], users: Mapping[str, int], *, size: int = 0
) -> dict[str, Sequence[str]]:
    """Register the agents of every selling office, enough for a book of this size; their codes by office. The first of
    an office gets its account."""
    people = People(recipe, Random(recipe.seed), ctx.business_date)
    codes: dict[str, list[str]] = {}
    with_account = {account.office: account for account in recipe.accounts if account.role == AGENT_ROLE}
    in_all = sum(recipe.selling.values())
    for office, weight in recipe.selling.items():
        needed = size * weight // in_all // recipe.policies_per_agent
        for sequence in range(1, max(needed, recipe.agents_per_office) + 1):
            account = with_account.pop(office, None)
            name = account.name if account else people.name(people.dice.choice(sorted(recipe.given_names)))
            code = f"{office}{sequence:04d}"
            parties.register_agent(
                ctx,
                code=code,
                name=name,
                branch_id=offices[office],
                licence_no=f"0200{people.dice.choice(YEARS_OF_AGENTS)}{code}{people.dice.randrange(10**8):08d}",
                user_id=users[account.username] if account else None,
            )
            codes.setdefault(office, []).append(code)
    return dict(codes)
