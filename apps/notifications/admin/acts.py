"""What a person decides about a message (screen S13.2); each with a reason, each remembered."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Act, ActForm, Done, ReasonForm, act, page_of
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.notifications import services
from apps.notifications.models import Message
from apps.notifications.states import ChannelKind, MessageStatus

S = MessageStatus


@act("notifications.message")
class SendAgain(Act):
    name, label, permission, main = "send_again", _("Send again"), "message_retry.E", True
    form = ReasonForm
    intro = _("With the address and the facts of today. Only what failed can be sent again.")

    def why_not(self, ctx: Context, obj: Message) -> Refusal | None:
        retriable = obj.status in (S.FAILED, S.DEAD) and obj.channel != ChannelKind.POST
        return None if retriable else Refusal("message_not_retriable", {"status": obj.get_status_display()})

    def run(self, ctx: Context, obj: Message, data: dict[str, Any]) -> Done:
        services.retry(ctx, obj.pk, reason=data["reason"])
        return Done(_now("The message will be sent again."))


class ResendForm(ReasonForm):
    channel = forms.ChoiceField(label=_("Channel"), choices=[("", _("Please choose")), *ChannelKind.choices])
    field_order = ("channel", "reason")


@act("notifications.message")
class Resend(Act):
    name, label, permission = "resend", _("Send by another channel"), "message_retry.E"
    form = ResendForm
    intro = _("For a customer who did not get it, or may not have. It goes at most once by each channel.")
    field_of = {"channel_used_already": "channel", "channel_out_of_reach": "channel"}

    def why_not(self, ctx: Context, obj: Message) -> Refusal | None:
        possible = services.may_go_elsewhere(obj)
        return None if possible else Refusal("message_not_resendable", {"status": obj.get_status_display()})

    def run(self, ctx: Context, obj: Message, data: dict[str, Any]) -> Done:
        new = services.resend(ctx, obj.pk, channel=ChannelKind(data["channel"]), reason=data["reason"])
        return Done(_now("The message will be sent by the other channel."), page_of(Message, new.pk))


@act("notifications.message")
class Stop(Act):
    name, label, permission = "stop", _("Do not send"), "message_retry.E"
    form = ReasonForm
    intro = _("Only a planned message that the law does not order can be stopped.")

    def why_not(self, ctx: Context, obj: Message) -> Refusal | None:
        return None if services.may_be_stopped(obj) else Refusal("message_not_stoppable")

    def run(self, ctx: Context, obj: Message, data: dict[str, Any]) -> Done:
        services.stop(ctx, obj.pk, reason=data["reason"])
        return Done(_now("The message will not be sent."))


class PostForm(ActForm):
    tracking = forms.CharField(label=_("Number of the dispatch"), max_length=120)


@act("notifications.letter")
@act("notifications.message")
class SentByPost(Act):
    name, label, permission = "sent_by_post", _("Sent by post"), "message_retry.E"
    form = PostForm
    intro = _("For a customer no electronic channel reaches. Post the letter first, then note its number here.")

    def why_not(self, ctx: Context, obj: Message) -> Refusal | None:
        posted = services.may_go_by_post(obj)
        return None if posted else Refusal("message_not_for_post", {"status": obj.get_status_display()})

    def run(self, ctx: Context, obj: Message, data: dict[str, Any]) -> Done:
        services.sent_by_post(ctx, obj.pk, tracking=data["tracking"])
        return Done(_now("The letter is on its way, and the duty is done."))
