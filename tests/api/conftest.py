import pytest

from apps.core.api.ids import write
from apps.operations import services as operations
from tests import factories as make
from tests.api.client import Api, a_token
from tests.conftest import TODAY


@pytest.fixture
def day(db):
    """An open business day."""
    return operations.open_first_day(make.the_system(), TODAY)


@pytest.fixture
def api(day):
    """A client whose key holds every scope, for head office."""
    return Api(a_token())


def pol(policy) -> str:
    return write("policy", policy.public_id)
