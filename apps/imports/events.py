from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

from .states import Mode

PORTFOLIO_IMPORTED = declare(
    "portfolio.imported",
    "imports.portfolioimport",
    _("{imported} policies of the file {file} were taken over as of {cutover_on}; {known} were here already."),
)

UPLOAD = "imports.upload"
RECEIVED = declare("upload.received", UPLOAD, _("The file {file} with {rows} rows was uploaded"))
MAPPED = declare("upload.mapped", UPLOAD, _("Its columns are read by the mapping {mapping}"))
CHECK_ASKED = declare("upload.check_asked", UPLOAD, _("A check was asked for"), "state")
PASSED = declare("upload.passed", UPLOAD, _("Checked: no wrong cell, {known} rows here already"), "state")
FOUND_FAULTY = declare(
    "upload.found_faulty", UPLOAD, _("Checked: {wrong_cells} wrong cells in {wrong_rows} rows"), "state"
)
CORRECTED = declare("upload.corrected", UPLOAD, _("{cells} cells were corrected"))
RUN_ASKED = declare(
    "upload.run_asked", UPLOAD, _("The import was asked for as of {cutover_on}: {mode}"), "state", {"mode": Mode}
)
DONE = declare("upload.done", UPLOAD, _("{imported} policies came in, {wrong_rows} rows were left out"), "state")
FAILED = declare("upload.failed", UPLOAD, _("It was broken off"), "state")
STOP_ASKED = declare("upload.stop_asked", UPLOAD, _("It is to stop"), "state")
CANCELLED = declare("upload.cancelled", UPLOAD, _("It was given up; {imported} policies had come in"), "state")
PURGED = declare("upload.purged", UPLOAD, _("The file's content and its corrections were removed"))
