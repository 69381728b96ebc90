"""批单: the paper that tells what was carried out."""

import pytest

from apps.documents import storing
from apps.documents.models import Document
from apps.endorsements import selectors, slips
from apps.policies.comparing import difference_of, differences
from tests import factories as make

from . import cases

pytestmark = pytest.mark.django_db


def test_a_difference_kept_as_json_reads_back_as_it_was():
    office, policy = cases.Office(), cases.a_priced_policy()
    before = cases.now(policy)
    case = cases.carried_out(office, policy, cases.sum_assured("100000.00"))
    [item] = selectors.items_of(case.pk)
    kept = tuple(difference_of(each) for each in item.outcome["differences"])
    assert kept == differences(before, cases.now(policy)) != ()


def test_the_slip_is_written_from_what_was_carried_out_and_only_once():
    office, policy, child = cases.Office(), cases.a_priced_policy(), make.a_person("王小明")
    case = cases.carried_out(office, policy, cases.beneficiaries((child, "100")))
    slips.write(office.made, case.pk, case.slip_number)
    slips.write(office.made, case.pk, case.slip_number)
    [document] = Document.objects.filter(number=case.slip_number)
    assert (document.policy_id, document.kind) == (policy.pk, "endorsement_slip")
    assert storing.content_of(document).startswith(b"%PDF")


@pytest.mark.parametrize(
    "change",
    [cases.sum_assured("100000.00"), cases.SURRENDER, cases.frequency("monthly")],
    ids=["less", "end", "often"],
)
def test_every_kind_of_change_has_words_for_its_slip(change):
    office, policy = cases.Office(), cases.a_priced_policy()
    case = cases.carried_out(office, policy, change)
    if case.slip_number:
        slips.write(office.made, case.pk, case.slip_number)
        assert Document.objects.filter(number=case.slip_number).exists()
