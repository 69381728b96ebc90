from functools import partial

import pytest

from tests import premiums


@pytest.fixture
def a_premium(ctx):
    """``a_premium(due_on)``: see ``tests.premiums``."""
    return partial(premiums.a_premium, ctx)
