from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

PORTFOLIO_IMPORTED = declare(
    "portfolio.imported",
    "imports.portfolioimport",
    _("{imported} policies of the file {file} were taken over as of {cutover_on}; {known} were here already."),
)
