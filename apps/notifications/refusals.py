from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    message_not_retriable=_("Only a failed or given-up message can be sent again; this one is: {status}."),
    message_not_for_post=_("Only a message that no channel could bring goes by post; this one is: {status}."),
    message_not_resendable=_("A message that is {status} cannot be sent by another channel."),
    channel_used_already=_("This message has gone by {channel} already."),
    channel_out_of_reach=_("{channel} does not reach this customer."),
    message_not_stoppable=_("Only a planned message that the law does not order can be stopped."),
    read_already=_("You have read this already."),
    no_letters=_("There is no letter of that day to be printed."),
    wecom_id_malformed=_("A WeCom user id has 1 to 64 letters, digits and . _ - @."),
    wecom_id_taken=_("Another account has this WeCom user id."),
    tracking_required=_("Please give the number of the dispatch."),
)
