"""What can happen to a referral. No payload holds what an underwriter wrote: it may speak of somebody's health.

``case_type`` and ``case_id`` name the case that asked, so that its app can go on.
"""

from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

from .states import Exam, ReferralStatus

REFERRAL = "underwriting.referral"

OPENED = declare("referral.opened", REFERRAL, _("Referral {number} was opened for the underwriter."), "state")
ASSIGNED = declare("referral.assigned", REFERRAL, _("Referral {number} is with {underwriter}."))
EXAM_ORDERED = declare(
    "referral.exam_ordered", REFERRAL, _("For referral {number} was ordered: {exam}."), "state", codes={"exam": Exam}
)
EXAM_REPORTED = declare(
    "referral.exam_reported", REFERRAL, _("For referral {number} came in: {exam}."), "state", codes={"exam": Exam}
)
DECIDED = declare(
    "referral.decided",
    REFERRAL,
    _("Referral {number} was decided: {status}."),
    "state",
    codes={"status": ReferralStatus},
)
WITHDRAWN = declare("referral.withdrawn", REFERRAL, _("Referral {number} was withdrawn."), "state")
