from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    message_not_retriable=_("Only a failed or given-up message can be sent again; this one is: {status}."),
    message_not_for_post=_("Only a message that no channel could bring goes by post; this one is: {status}."),
    tracking_required=_("Please give the number of the dispatch."),
)
