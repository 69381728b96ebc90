from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

WARNED = declare("deadline.warned", "deadlines.deadline", _("The period {clock} runs out on {due_on}"), "deadline")
BREACHED = declare("deadline.breached", "deadlines.deadline", _("The period {clock} ran out on {due_on}"), "deadline")
YEAR_ANNOUNCED = declare("calendar_year.announced", "deadlines.calendaryear", _("The calendar of {year} was announced"))
