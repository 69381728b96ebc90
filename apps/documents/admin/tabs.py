"""The papers of a policy, on its page (screen S6)."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.admin import StaffRequest, Table, tab
from apps.core.admin.pages import Section
from apps.documents import selectors

from . import columns

PAGE = "policies.policy"
SHOWN = 120


@tab(PAGE, _("Papers"), order=50, permission=selectors.READ)
def documents(request: StaffRequest, policy: Any) -> Sequence[Section]:
    papers = selectors.of_policy(request.user, policy.pk)[:SHOWN]
    return [Table(columns.BESIDE_CARDS, papers, empty=_("No paper is filed to this policy."))]
