"""Risk flags 风险提示: what a checker should look at twice (screen S11.1)."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.core.money import ZERO
from apps.parties import selectors as parties
from apps.policies import selectors as policies

from .models import Endorsement
from .situation import Person

NEW = timedelta(days=30)


def of(case: Endorsement, today: date) -> Iterator[str]:
    """Each risk of a case in a sentence, the gravest first."""
    if case.quote is None:
        return
    content = case.quote.content
    paid = Decimal(content["refund"]) + Decimal(content["paid_out"])
    days = [date.fromisoformat(item["effective_on"]) for each in content["policies"] for item in each["items"]]
    if paid > ZERO:
        yield _("Money goes out of the house.")
        yield from _new_account(case, today)
    if min(days) < (case.received_on or today):
        yield _("It reaches back to before the request arrived.")
    yield from _of_people(case, today)


def _new_account(case: Endorsement, today: date) -> Iterator[str]:
    account = parties.payee_account(case.account_id) if case.account_id else None
    if account and account.added_at.date() > today - NEW:
        yield _("The account for the money is new: it was added on {day}.").format(day=account.added_at.date())


def _of_people(case: Endorsement, today: date) -> Iterator[str]:
    terms = policies.latest_terms(case.policy_id)
    people = {terms.holder, *(life.party for life in terms.lives)}
    known = {pk: Person(one.born_on) for pk, one in parties.known(people).items()}
    if any(life.party != terms.holder for life in terms.lives):
        yield _("The policyholder is not the insured.")
    if any(person.is_minor(today) for person in known.values()):
        yield _("A minor is involved.")
    if parties.doubtful_contacts([terms.holder]):
        yield _("The contact data of the policyholder are in doubt.")
