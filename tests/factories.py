"""What tests need to exist, made by the services that make it in real life."""

from itertools import count

from apps.accounts import services as accounts
from apps.accounts.models import Branch, User
from apps.core.context import Context, job
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
