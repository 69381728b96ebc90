from collections.abc import Iterator

import pytest

from apps.products import selectors


@pytest.fixture(autouse=True)
def fresh_terms() -> Iterator[None]:
    """Every test has its own database; the terms cached by version id belong to the one before."""
    selectors.terms_of.cache_clear()
    yield
    selectors.terms_of.cache_clear()
