"""Papers as people hand them in."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.documents import services as documents
from apps.documents.models import Document
from apps.policies.models import Policy
from tests.factories import a_branch, a_policy

from . import papers


@pytest.fixture
def policy(db) -> Policy:
    return a_policy(branch=a_branch())


@pytest.fixture
def handed_in(ctx, policy) -> Callable[..., Document]:
    """Hand in a paper for the policy: ``handed_in(kind="birth_proof")``."""

    def hand_in(**changes: Any) -> Document:
        wish = {"filename": "申请书.png", "content": papers.png(), "kind": "application_form", "policy_id": policy.pk}
        return documents.upload(ctx, **{**wish, **changes})

    return hand_in
