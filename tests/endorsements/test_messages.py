"""What customers are told about their cases: by a real text message, through a real gateway."""

from decimal import Decimal

import pytest

from apps.core.context import job
from apps.endorsements import services as endorsements
from apps.endorsements.states import Signer
from apps.notifications.models import Message
from apps.notifications.states import MessageCode
from apps.operations import services as operations
from tests import factories as make
from tests.conftest import TODAY
from tests.notifications.conftest import gateway, no_gateway, send, written  # noqa: F401  fixtures

from . import cases

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office(gateway):  # noqa: F811
    operations.open_first_day(job("tests", TODAY), TODAY)
    return cases.Office()


@pytest.fixture
def policy(office):
    return cases.a_priced_policy(make.a_person("张伟", contacts=[("mobile", "13800138000")]))


def texts(gateway) -> dict[str, str]:  # noqa: F811
    """The text messages that went out, by what they are."""
    written()
    send()
    by_id = {str(each.public_id): each.code for each in Message.objects.all()}
    return {by_id[key]: min(sent) for key, sent in gateway.texts.items()}


def test_all_papers_that_are_missing_are_told_in_one_message(office, policy, gateway):  # noqa: F811
    case = cases.begun(office, policy, cases.sum_assured("500000.00"))
    endorsements.sign(office.made, case.pk, signer=Signer.HOLDER)
    endorsements.submit(office.made, case.pk)
    told = texts(gateway)[MessageCode.ENDORSEMENT_PAPERS]
    assert case.number in told
    assert "尊敬的张女士" in told
    assert "、" in told


def test_the_extra_premium_is_asked_for_and_the_slip_announced(office, policy, gateway):  # noqa: F811
    case = cases.decided(office, cases.handed_in(office, cases.begun(office, policy, cases.sum_assured("500000.00"))))
    asked = Decimal(case.quote.content["collect"])
    assert f"人民币{asked:,.2f}元" in texts(gateway)[MessageCode.ENDORSEMENT_PAYMENT]
    cases.paid(case)
    operations.close_day(job("night", TODAY))
    case = cases.again(case)
    assert case.slip_number in texts(gateway)[MessageCode.ENDORSEMENT_DONE]


def test_a_refusal_is_told_and_says_whom_to_ask(office, policy, gateway):  # noqa: F811
    case = cases.handed_in(office, cases.begun(office, policy, cases.SURRENDER))
    endorsements.examine(office.made, case.pk)
    endorsements.reject(office.checked, case.pk, reason="signature differs")
    told = texts(gateway)[MessageCode.ENDORSEMENT_REJECTED]
    assert case.number in told
    assert "signature" not in told
