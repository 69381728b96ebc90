from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

DAY_OPENED = declare("business_day.opened", "operations.businessday", _("Business day {day} opened"), "state")
CLOSE_ASKED = declare(
    "business_day.close_asked", "operations.businessday", _("Business days through {through} are to be closed"), "state"
)
DAY_CLOSED = declare("business_day.closed", "operations.businessday", _("Business day {day} closed"), "state")
RECORD_RETRIED = declare("quarantine.retried", "operations.quarantine", _("Step {step} was tried again by hand"))
