"""The wizard and the review, page by page (screens S10, S11)."""

import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.core.api import ids
from apps.core.context import job
from apps.endorsements import services as endorsements
from apps.endorsements.models import Endorsement
from apps.endorsements.states import EndorsementStatus as S
from apps.operations import services as operations
from apps.policies.models import Policy
from tests import factories as make
from tests.conftest import TODAY
from tests.documents import papers

from . import cases

pytestmark = pytest.mark.django_db

BENEFICIARY, INCREASE = "BENEFICIARY_CHANGE", "SUM_ASSURED_INCREASE"


@pytest.fixture
def office(db) -> cases.Office:
    operations.open_first_day(job("tests", TODAY), TODAY)
    return cases.Office()


def signed_in(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="apps.accounts.backends.AccountBackend")
    return client


def key() -> dict[str, str]:
    return {"key": str(uuid.uuid4())}


def begin_url(policy: Policy, *items: str) -> str:
    query = "&".join(f"item={code}" for code in items)
    return reverse("admin:policies_policy_begin_endorsement", args=[policy.pk]) + (f"?{query}" if query else "")


def step(case: Endorsement, name: str) -> str:
    return reverse(f"admin:endorsements_endorsement_{name}", args=[case.pk])


def heir(party, share: str = "100") -> dict[str, str]:
    place = f"{BENEFICIARY}.beneficiaries"
    return {
        f"{place}.rows": "1",
        f"{place}.0.party": ids.write("party", party.public_id),
        f"{place}.0.benefit_order": "1",
        f"{place}.0.share": share,
        f"{place}.0.relationship": "child",
    }


def answers(**more: str) -> dict[str, str]:
    return {**key(), "channel": "counter", "do": "save", **more}


def begun(client: Client, policy: Policy, child) -> Endorsement:
    form = answers(
        **{"people": ids.write("party", child.public_id), f"{INCREASE}.sum_assured": "500,000"}, **heir(child)
    )
    answer = client.post(begin_url(policy, BENEFICIARY, INCREASE), form)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return Endorsement.objects.get(policy=policy)


def filed(client: Client, case: Endorsement) -> None:
    page = client.get(step(case, "papers"))
    form = dict.fromkeys(re.findall(r'name="(seen-\w+)"', page.content.decode()), "on")
    signers = {f"sign-{signer}": "original_id" for signer in ("holder", "insured")}
    assert client.post(step(case, "papers"), {**key(), **form, **signers, "do": "save"}).status_code == 302


def digest_on(answer) -> str:
    return re.search(r'name="digest" value="(\w+)"', answer.content.decode())[1]


def test_what_cannot_be_asked_for_now_stands_there_with_the_reason(office):
    policy = cases.a_priced_policy(effective_on=cases.STARTED.replace(month=3))
    page = signed_in(office.clerk).get(begin_url(policy)).content.decode()
    assert "Increase of sum assured" in page
    assert "This item is not possible at this time: the product has a window for it." in page
    assert re.search(rf'value="{INCREASE}"[^>]*disabled', page)
    assert "Reversal of an endorsement" not in page


def test_the_questions_begin_with_what_stands_now(office):
    policy = cases.a_priced_policy()
    page = signed_in(office.clerk).get(begin_url(policy, INCREASE, "KEY_DATA_CORRECTION")).content.decode()
    assert f'name="{INCREASE}.sum_assured" value="200000.00"' in page
    assert 'name="KEY_DATA_CORRECTION.born_on" value="1986-05-17"' in page
    assert not Endorsement.objects.exists()


def test_two_items_go_from_the_choice_to_the_submission_in_one_case(office):
    policy, child = cases.a_priced_policy(), make.a_person("小明")
    client = signed_in(office.clerk)
    case = begun(client, policy, child)
    filed(client, case)
    quote = client.get(step(case, "quote")).content.decode()
    assert "Premium from then on" in quote
    assert "How it is worked out" in quote
    check = client.get(step(case, "check"))
    assert "500,000.00" in check.content.decode()
    assert client.post(step(case, "check"), {**key(), "digest": digest_on(check)}).status_code == 302
    assert Endorsement.objects.get().status == S.UW_REFERRED


def test_rows_come_and_go_and_nothing_typed_is_lost(office):
    policy, child = cases.a_priced_policy(), make.a_person("小明")
    client, form = signed_in(office.clerk), {"people": ids.write("party", child.public_id), **heir(child, "60")}
    more = client.post(begin_url(policy, BENEFICIARY), answers(**form) | {"do": f"add:{BENEFICIARY}.beneficiaries"})
    text = more.content.decode()
    assert f'name="{BENEFICIARY}.beneficiaries.rows" value="2"' in text
    assert f'name="{BENEFICIARY}.beneficiaries.0.share" value="60"' in text
    fewer = client.post(
        begin_url(policy, BENEFICIARY), answers(**form) | {"do": f"remove:{BENEFICIARY}.beneficiaries.0"}
    )
    assert f'name="{BENEFICIARY}.beneficiaries.rows" value="0"' in fewer.content.decode()


def test_a_new_person_is_registered_in_place_and_stands_in_the_list(office):
    policy = cases.a_priced_policy()
    form = {"person-name": "新人", "person-born_on": "2015-02-03", "person-sex": "1", "person-relationship": "03"}
    answer = signed_in(office.clerk).post(begin_url(policy, BENEFICIARY), answers(**form) | {"do": "register"})
    text = answer.content.decode()
    assert answer.status_code == 200, text
    assert "2015-02-03" in text
    assert "新人" not in text
    assert re.search(r'<option value="child" selected', text)


def test_wrong_answers_stay_with_a_word_at_their_place(office):
    policy = cases.a_priced_policy()
    answer = signed_in(office.clerk).post(begin_url(policy, INCREASE), answers(**{f"{INCREASE}.sum_assured": "much"}))
    assert answer.status_code == 422
    assert 'value="much"' in answer.content.decode()
    assert "like 500000.00" in answer.content.decode()
    assert not Endorsement.objects.exists()


def test_a_person_out_of_sight_cannot_be_named(office):
    policy, stranger = cases.a_priced_policy(), make.a_person("外人", make.a_branch("99"))
    answer = signed_in(office.clerk).post(begin_url(policy, BENEFICIARY), answers(**heir(stranger)))
    assert answer.status_code == 404
    assert not Endorsement.objects.exists()


def test_a_paper_is_taken_in_as_a_file(office):
    policy, child = cases.a_priced_policy(), make.a_person("小明")
    client = signed_in(office.clerk)
    case = begun(client, policy, child)
    file = SimpleUploadedFile("id.png", papers.png(), "image/png")
    assert client.post(step(case, "papers"), {**key(), "file-applicant_id": file, "do": "save"}).status_code == 302
    paper = case.papers.get(kind="applicant_id")
    assert (paper.status, paper.document.policy_id) == ("received", policy.pk)


def test_the_checker_sees_the_case_and_decides_upon_what_was_shown(office):
    policy, child = cases.a_priced_policy(), make.a_person("小明")
    case = cases.handed_in(office, cases.begun(office, policy, cases.beneficiaries((child, "100"))))
    case = endorsements.examine(office.made, case.pk)
    checker = signed_in(office.checker)
    page = checker.get(step(case, "review"))
    assert "Approve what is shown" in page.content.decode()
    refused = checker.post(step(case, "review"), {**key(), "digest": "0" * 64, "decision": "approve"})
    assert refused.status_code == 409
    answer = checker.post(step(case, "review"), {**key(), "digest": digest_on(refused), "decision": "approve"})
    assert answer.status_code == 302
    assert Endorsement.objects.get().status == S.CLOSED


def test_nobody_opens_his_own_work_for_approval(office):
    both = make.a_user("endorsement_clerk", "supervisor")
    policy, child = cases.a_priced_policy(), make.a_person("小明")
    office.clerk, office.made = both, make.as_user(both)
    case = cases.handed_in(office, cases.begun(office, policy, cases.beneficiaries((child, "100"))))
    case = endorsements.examine(office.made, case.pk)
    client = signed_in(both)
    page = client.get(step(case, "review")).content.decode()
    assert "The same person may not both enter and confirm." in page
    assert "Approve what is shown" not in page
    refused = client.post(step(case, "review"), {**key(), "digest": case.quote.digest, "decision": "approve"})
    assert refused.status_code == 403
    assert Endorsement.objects.get().status == S.SECOND_REVIEW


def test_every_part_of_the_case_page_opens(office):
    policy, child = cases.a_priced_policy(), make.a_person("小明")
    case = cases.carried_out(office, policy, cases.beneficiaries((child, "100")))
    client = signed_in(office.clerk)
    for tab in ("overview", "papers", "money_of", "documents_of", "history"):
        assert (
            client.get(reverse("admin:endorsements_endorsement_change", args=[case.pk]), {"tab": tab}).status_code
            == 200
        )
    assert case.number in client.get(f"/admin/policies/policy/{policy.pk}/?tab=endorsements").content.decode()
    assert client.get("/admin/").status_code == 200
    assert client.get(reverse("admin:endorsements_endorsement_changelist"), {"item": BENEFICIARY}).status_code == 200
    found = client.post("/admin/find/", {"find": case.number})
    assert found["Location"].endswith(f"/endorsement/{case.pk}/")


def test_an_item_is_undone_from_the_page_of_its_case(office):
    policy, child = cases.a_priced_policy(), make.a_person("小明")
    case = cases.carried_out(office, policy, cases.beneficiaries((child, "100")))
    client = signed_in(office.clerk)
    form = {**key(), "item": case.items.get().pk, "reason": "Entered for the wrong policy."}
    answer = client.post(step(case, "undo"), form)
    undoing = Endorsement.objects.latest("pk")
    assert answer["Location"] == step(undoing, "quote")
    assert client.get(step(undoing, "check")).status_code == 200


def test_every_page_takes_a_bounded_number_of_queries(office, django_assert_max_num_queries):
    policy, child = cases.a_priced_policy(), make.a_person("小明")
    client = signed_in(office.clerk)
    case = begun(client, policy, child)
    budgets = {"questions": 45, "papers": 25, "quote": 25, "check": 45, "checklist": 20}
    for name, most in budgets.items():
        with django_assert_max_num_queries(most):
            assert client.get(step(case, name)).status_code == 200
    with django_assert_max_num_queries(35):
        assert client.get(begin_url(policy)).status_code == 200
    with django_assert_max_num_queries(12):
        assert client.get(reverse("admin:endorsements_endorsement_changelist")).status_code == 200
    other = cases.a_priced_policy()
    case = cases.handed_in(office, cases.begun(office, other, cases.beneficiaries((child, "100"))))
    endorsements.examine(office.made, case.pk)
    checker = signed_in(office.checker)
    with django_assert_max_num_queries(45):
        assert checker.get(step(case, "review")).status_code == 200
