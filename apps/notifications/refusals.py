from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    message_not_retriable=_("Only a failed or given-up message can be sent again; this one is: {status}."),
)
