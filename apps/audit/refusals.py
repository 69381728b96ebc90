from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    delivery_not_dead=_("Only a dead letter can be tried again."),
    no_anchor_file=_("No anchor file is set here: nothing was anchored that could be given up."),
)
