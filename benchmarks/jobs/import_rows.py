"""The usual way: each row read, its customer registered and its policy issued, a transaction for each."""

import tempfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from apps.billing import services as billing
from apps.core.context import Context, job
from apps.imports.checking import RowReader
from apps.imports.demo import writing
from apps.imports.demo.services import MAPPING, found
from apps.imports.faults import Faults
from apps.imports.mapping import read_mapping
from apps.imports.reading import open_file
from apps.imports.reading import rows as rows_of
from apps.imports.references import read_references
from apps.imports.rows import FIRST_BENEFICIARY, HOLDER, INSURED, ProductVersion, Row
from apps.imports.rules import Standing
from apps.parties import services as parties
from apps.parties.models import Party
from apps.parties.values import NewParty
from apps.policies import services as policies
from apps.policies.states import PolicyStatus
from apps.policies.terms import Beneficiary, Coverage, Life, Terms
from benchmarks.due import NIGHT
from benchmarks.meter import Meter


def run(meter: Meter, *, rows: int) -> dict[str, int]:
    """Only policies in force are taken in: the ORM's way has no history to carry over."""
    ctx, taken = job("benchmark", NIGHT), 0
    known: dict[str, Party] = {}
    company = found(ctx, size=rows)
    with tempfile.TemporaryDirectory() as folder:
        path = writing.write(Path(folder) / "book.csv", company.book.rows(rows))
        mapping, faults = read_mapping(MAPPING), Faults()
        reader = RowReader(mapping, read_references(), NIGHT, faults)
        with meter:
            for number, cells in rows_of(open_file(path), mapping.columns, faults):
                placed = reader.read(number, cells[mapping.row_key], cells)
                if placed and placed[1].status == PolicyStatus.IN_FORCE:
                    taken += 1
                    with transaction.atomic():
                        _take_in(ctx, *placed, known)
    return {"taken": taken}


def _take_in(ctx: Context, row: Row, standing: Standing, known: dict[str, Party]) -> None:
    people = {place: _registered(ctx, new, known) for place, new in row.parties}
    policy = policies.issue(
        ctx,
        number=row.policy_number,
        terms=_terms(row, people),
        branch_id=row.branch,
        agent_id=row.agent,
        status=standing.status,
        premium_status=standing.premium_status,
        paid_to=standing.paid_to,
        cutover_on=NIGHT,
    )
    billing.start_schedule(ctx, [policy.pk])


def _registered(ctx: Context, new: NewParty, known: dict[str, Party]) -> Party:
    """A customer is registered once, as his document says; whether it has expired only a new customer is asked."""
    document = "".join(identity.number for identity in new.identities)
    valid = replace(new, identities=tuple(each._replace(valid_to=None) for each in new.identities))
    party = known.get(document) or parties.register(ctx, [valid])[0]
    if document:
        known[document] = party
    return party


def _terms(row: Row, people: dict[int, Party]) -> Terms:
    life = people[INSURED if row.insured else HOLDER]
    main = (row.product, row.premium, row.sum_assured, row.ends_on, row.premium_ends_on)
    riders = ((each.product, each.premium, each.sum_assured, each.ends_on, each.premium_ends_on) for each in row.riders)
    return Terms(
        holder=people[HOLDER].pk,
        lives=(Life(life.pk, life.born_on, life.sex, life.occupation_class),),
        coverages=tuple(_coverage(row, *cover) for cover in (main, *riders)),
        frequency=row.frequency,
        currency=row.currency,
        effective_on=row.effective_on,
        beneficiaries=tuple(
            Beneficiary(people[place].pk, each.share, each.order, each.relationship)
            for place, each in enumerate(row.beneficiaries, FIRST_BENEFICIARY)
        ),
    )


def _coverage(
    row: Row,
    product: ProductVersion,
    premium: Decimal,
    sum_assured: Decimal,
    ends_on: date | None,
    premium_ends_on: date | None,
) -> Coverage:
    return Coverage(
        code=product.coverage,
        product=product.code,
        version=product.number,
        policy_term=str(row.policy_term),
        payment_term=str(row.payment_term),
        sum_assured=sum_assured,
        premium=premium,
        effective_on=row.effective_on,
        ends_on=ends_on,
        premium_ends_on=premium_ends_on,
    )
