"""``manage.py create_account``: the first security administrator of a new installation."""

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts import selectors, services
from apps.accounts.models import Branch
from apps.core import clock
from apps.core.context import job
from apps.core.errors import BusinessError

FIRST_ROLE = "security_admin"


class Command(BaseCommand):
    """Founds the head office if there is none. Once there is a security administrator, roles need two persons (P48)."""

    help = "Create the first account, with the role of security administrator. The password is read from the terminal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", required=True)
        parser.add_argument("--branch", required=True, metavar="CODE", help="code of the head office")
        parser.add_argument("--branch-name", default="", help="its name, if it is to be founded")

    def handle(self, *args: Any, **options: Any) -> None:
        if selectors.someone_holds(FIRST_ROLE):
            raise CommandError("There is a security administrator already: further roles are requested and granted.")
        ctx = job("create_account", clock.office_now().date())
        try:
            branch = Branch.objects.filter(code=options["branch"]).first() or services.create_branch(
                ctx, code=options["branch"], name=options["branch_name"] or options["branch"]
            )
            services.install_user(
                ctx,
                username=options["username"],
                name=options["name"],
                branch_id=branch.pk,
                roles=[FIRST_ROLE],
                password=_password(),
            )
        except BusinessError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['username']} may now sign in.")


def _password() -> str:
    """From the terminal without echo, or the first line of standard input."""
    return getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
