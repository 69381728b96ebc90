"""Give the people of a book their names and numbers, and two people of ours who look for them."""

from apps.accounts import services as accounts
from apps.accounts.models import Branch
from apps.core.context import job
from benchmarks import people
from benchmarks.due import NIGHT
from benchmarks.meter import Meter

PASSWORD = "correct-horse-battery"
VIEWERS = {"bench.office": "supervisor", "bench.all": "compliance_officer"}


def run(meter: Meter) -> None:
    ctx = job("benchmark", NIGHT)
    with meter:
        people.name_everybody()
        people.number_everybody()
    for username, role in VIEWERS.items():
        office = Branch.objects.order_by("pk")[0]
        roles = [role, "audit_admin"] if role == "compliance_officer" else [role]
        accounts.install_user(
            ctx, username=username, name=username, branch_id=office.pk, roles=roles, password=PASSWORD
        )
