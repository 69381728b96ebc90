"""Cases in the global search (screen S4): by case number and by slip number."""

import re

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.admin import page_of
from apps.core.admin.finding import Found, Hit, Looking, finder
from apps.endorsements import selectors
from apps.endorsements.models import Endorsement

from . import columns

NUMBER = re.compile(r"[EB]\d{6,18}")


@finder(_("Endorsements"), permission="policy_read.R", order=25)
def endorsements(looking: Looking) -> Found:
    number = looking.text.upper()
    if not NUMBER.fullmatch(number):
        return Found()
    found = selectors.visible_to(looking.user).filter(Q(number=number) | Q(slip_number=number))
    cases = found.select_related("policy").prefetch_related("items").order_by("-pk")[: looking.most + 1]
    return Found.first([_hit(case) for case in cases], looking.most)


def _hit(case: Endorsement) -> Hit:
    facts = (columns.items(case), case.policy.number, case.slip_number)
    return Hit(page_of(case, case.pk), case.number, facts, columns.state(case), exact=True)
