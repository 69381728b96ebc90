"""The sentences of this app's refusals."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    export_list_unknown=_("There is no such list."),
    export_nothing=_("Nothing matches: there is nothing to export."),
    export_too_large=_("More than {most} rows match. Please narrow the list."),
    export_column_unknown=_("There is no column {column} on this list."),
    export_not_ready=_("The file is not there: {state}."),
)
