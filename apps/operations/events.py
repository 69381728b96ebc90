from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

DAY_OPENED = declare("business_day.opened", "operations.businessday", _("Business day {day} opened"), "state")
CLOSE_ASKED = declare(
    "business_day.close_asked", "operations.businessday", _("Business days through {through} are to be closed"), "state"
)
DAY_CLOSED = declare("business_day.closed", "operations.businessday", _("Business day {day} closed"), "state")
CLOSE_PAUSED = declare(
    "business_day.close_paused", "operations.businessday", _("The close of {day} was paused"), "state"
)
CLOSE_RESUMED = declare(
    "business_day.close_resumed", "operations.businessday", _("The close of {day} was resumed"), "state"
)
BANNER_PUT_UP = declare("banner.put_up", "operations.banner", _("A notice to users was put up"))
BANNER_TAKEN_DOWN = declare("banner.taken_down", "operations.banner", _("The notice to users was taken down"))
RECORD_RETRIED = declare("quarantine.retried", "operations.quarantine", _("Step {step} was tried again by hand"))
