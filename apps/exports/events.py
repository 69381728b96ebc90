"""What happens to exports."""

from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

EXPORT = "exports.export"

REQUESTED = declare("export.requested", EXPORT, _("Export {number} of {page} was asked for."))
APPROVED = declare("export.approved", EXPORT, _("Export {number} was approved."))
REJECTED = declare("export.rejected", EXPORT, _("Export {number} was rejected."))
FINISHED = declare("export.finished", EXPORT, _("Export {number} is ready: {rows} rows."))
FAILED = declare("export.failed", EXPORT, _("Export {number} could not be written."))
EXPIRED = declare("export.expired", EXPORT, _("Export {number} has expired."))
