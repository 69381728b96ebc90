"""Finding customers (screen S4.1, S4.2)."""

import pytest

from apps.audit.models import Access
from apps.audit.states import AccessKind
from apps.parties import reveals
from apps.parties import services as parties
from tests.factories import a_branch, a_user, as_user, the_system

pytestmark = pytest.mark.django_db
ID_NUMBER = "11010519491231002X"


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


def found(user, text):
    return set(reveals.search(as_user(user), user, text).values_list("name", flat=True))


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
        ("ZW", {"张伟", "张伟明"}),
        ("wf", {"王芳"}),
        ("伟", set()),
        ("9999", set()),
        ("", set()),
        ("   ", set()),
    ],
)
def test_a_customer_is_found_by_what_a_clerk_knows(people, text, names):
    assert found(a_user("policy_clerk"), text) == names


def test_a_search_never_leaves_the_branch(people):
    stranger = a_user("policy_clerk", branch=a_branch("99"))
    assert found(stranger, ID_NUMBER) == found(stranger, "张") == set()


def test_an_assistant_finds_the_case_at_hand_by_number_but_does_not_browse(people):
    assistant = a_user("claims_assistant")
    assert found(assistant, "张") == set()
    assert found(assistant, ID_NUMBER) == {"张伟"}


@pytest.mark.promise("P36")
def test_a_search_by_number_is_remembered_without_the_number(people):
    user = a_user("policy_clerk")
    found(user, "张伟")
    assert not Access.objects.exists()
    found(user, ID_NUMBER)
    row = Access.objects.values().get()
    assert (row["kind"], row["actor"]) == (AccessKind.SEARCHED, user.actor)
    assert ID_NUMBER not in str(row)
