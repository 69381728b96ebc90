"""The mapping for the book of a real insurer (../shared/data/portfolios): a tenth of its rows."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from apps.accounts.models import Branch
from apps.billing.models import Instalment
from apps.core.dates import age_last_birthday
from apps.imports import jobs, services
from apps.imports.mapping import read_mapping
from apps.imports.models import Upload
from apps.imports.services import import_portfolio
from apps.imports.states import Mode, UploadStatus
from apps.operations import services as operations
from apps.policies.models import Policy
from apps.policies.states import PolicyStatus, PremiumStatus
from tests.imports.conftest import Cells, cells_of

pytestmark = pytest.mark.django_db
FREQUENCIES = {"InfraAnnual": ("monthly", 12), "Annual": ("annual", 1), "Other": ("annual", 1)}
AGES = {"Young": range(18, 35), "Middle": range(35, 55), "Old": range(55, 61)}


@pytest.fixture
def sample(shelf, tmp_path) -> Path:
    made: list[Cells] = cells_of(shelf / "portfolios" / "us_whole_life_lapse.csv")[::10]
    path = tmp_path / "us.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, made[0])
        writer.writeheader()
        writer.writerows(made)
    return path


def test_a_real_book_is_taken_over_with_its_own_dates(company, sample):
    mapping = read_mapping(Path("us_whole_life_lapse"))
    done = import_portfolio(company.ctx, path=sample, mapping=mapping)
    said = {row["policy_no"]: row for row in cells_of(sample)}
    assert done.loaded.policies == len(said) > 2900
    for policy in Policy.objects.select_related("holder"):
        row = said[policy.number]
        frequency, instalments = FREQUENCIES[row["premium_frequency"]]
        assert policy.effective_on == date.fromisoformat(row["issue_date"])
        assert str(policy.terminated_on or "") == row["termination_date"]
        assert (policy.status == PolicyStatus.IN_FORCE) == (row["status"] == "in_force")
        assert (policy.currency, policy.frequency) == ("USD", frequency)
        assert abs(policy.premium * instalments - Decimal(row["annual_premium_usd"])) <= Decimal("0.06")
        assert age_last_birthday(policy.holder.born_on, policy.effective_on) in AGES[row["underwriting_age_band"]]
    assert import_portfolio(company.ctx, path=sample, mapping=mapping).loaded.policies == 0


def test_nothing_before_the_cutover_is_billed_again(company, sample):
    import_portfolio(company.ctx, path=sample, mapping=read_mapping(Path("us_whole_life_lapse")))
    today = company.ctx.business_date
    in_force = Policy.objects.filter(status=PolicyStatus.IN_FORCE, premium_status=PremiumStatus.PAYING)
    instalments = {each.policy_id: each for each in Instalment.objects.all()}
    assert set(instalments) == set(in_force.values_list("pk", flat=True))
    assert all(each.status == "PLANNED" and each.due_on >= today for each in instalments.values())
    assert all(policy.paid_to == instalments[policy.pk].due_on for policy in in_force)


@pytest.mark.promise("P66")
def test_the_wizard_knows_the_file_by_its_header_and_brings_it_in_as_the_command_does(company, sample):
    operations.open_first_day(company.ctx, company.ctx.business_date)
    with sample.open("rb") as file:
        upload = services.upload(company.ctx, branch_id=Branch.objects.get(code="86").pk, name="us.csv", file=file)
    services.check(company.ctx, upload.pk)
    jobs.perform(upload.pk)
    services.run(company.ctx, upload.pk, mode=Mode.EACH)
    jobs.perform(upload.pk)
    done = Upload.objects.get()
    assert (done.status, done.imported, done.wrong_rows) == (UploadStatus.DONE, len(cells_of(sample)), 0)
    mapping = read_mapping(Path("us_whole_life_lapse"))
    again = import_portfolio(company.ctx, path=sample, mapping=mapping)
    assert (again.loaded.policies, again.known) == (0, done.imported)
