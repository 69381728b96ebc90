"""Finding customers (screen S4.1, S4.2, S4.5)."""

import pytest

from apps.audit.models import Access
from apps.audit.states import AccessKind
from apps.parties import searching, selectors
from apps.parties import services as parties
from apps.parties.models import Party
from tests.factories import a_branch, a_user, as_user, the_system

pytestmark = pytest.mark.django_db
ID_NUMBER = "11010519491231002X"
WHY = "customer_request"


@pytest.fixture
def people():
    branch = a_branch()
    parties.register_person(
        the_system(),
        name="张伟",
        branch_id=branch.pk,
        identities=[("111", ID_NUMBER, None)],
        contacts=[("mobile", "13812345678"), ("email", "Zhang.Wei@example.com")],
    )
    parties.register_person(the_system(), name="张伟明", branch_id=branch.pk)
    parties.register_person(the_system(), name="王芳", branch_id=branch.pk)
    parties.register_person(the_system(), name="Anna Li", branch_id=branch.pk)


def found(user, text, purpose=WHY):
    ids = searching.people(as_user(user), user, text, purpose=purpose).ids
    return set(Party.objects.filter(pk__in=ids).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (ID_NUMBER, {"张伟"}),
        (" 110105 19491231 002x ", {"张伟"}),
        ("138-1234-5678", {"张伟"}),
        ("+8613812345678", {"张伟"}),
        ("zhang.wei@EXAMPLE.com", {"张伟"}),
        ("002X", {"张伟"}),
        ("5678", {"张伟"}),
        ("张伟", {"张伟", "张伟明"}),
        ("伟明", {"张伟明"}),
        ("伟", {"张伟", "张伟明"}),
        ("张明", set()),
        ("伟伟", set()),
        ("张伟 1949-12-31", {"张伟"}),
        ("张伟19491231", {"张伟"}),
        ("张伟 1949-12-30", set()),
        ("ZW", {"张伟", "张伟明"}),
        ("wf", {"王芳"}),
        ("nna l", {"Anna Li"}),
        ("9999", set()),
        ("", set()),
        ("   ", set()),
    ],
)
def test_a_customer_is_found_by_what_a_clerk_knows(people, text, names):
    assert found(a_user("policy_clerk"), text) == names


def test_a_search_never_leaves_the_branch(people):
    stranger = a_user("policy_clerk", branch=a_branch("99"))
    assert found(stranger, ID_NUMBER) == found(stranger, "张伟") == found(stranger, "5678") == set()


def test_an_assistant_opens_the_case_at_hand_by_its_number_but_does_not_browse(people):
    assistant = a_user("claims_assistant")
    assert found(assistant, "张伟") == found(assistant, "5678") == set()
    assert found(assistant, ID_NUMBER) == {"张伟"}
    assert Access.objects.filter(kind=AccessKind.OPENED, actor=assistant.actor, purpose=WHY).count() == 1
    assert selectors.visible_to(assistant).count() == 1


@pytest.mark.promise("P36")
def test_a_whole_number_is_looked_for_for_a_purpose_only_and_remembered_without_the_number(people):
    user = a_user("policy_clerk")
    assert found(user, "张伟")
    assert searching.people(as_user(user), user, ID_NUMBER).asks
    assert searching.people(as_user(user), user, ID_NUMBER, purpose="nonsense").ids == ()
    assert not Access.objects.exists()
    assert found(user, ID_NUMBER)
    row = Access.objects.values().get()
    assert (row["kind"], row["actor"], row["purpose"]) == (AccessKind.SEARCHED, user.actor, WHY)
    assert ID_NUMBER not in str(row)


@pytest.mark.promise("P36")
def test_a_search_by_the_end_of_a_number_is_remembered(people):
    user = a_user("policy_clerk")
    found(user, "5678")
    assert Access.objects.get().kind == AccessKind.SEARCHED


def test_of_a_common_name_a_part_is_found_and_it_is_said(people, monkeypatch):
    monkeypatch.setattr(searching, "MOST_PEOPLE", 1)
    user = a_user("policy_clerk")
    common = searching.people(as_user(user), user, "张伟")
    assert (len(common.ids), common.cut) == (1, True)
    assert not searching.people(as_user(user), user, "王芳").cut
