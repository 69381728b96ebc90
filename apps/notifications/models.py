"""Message 消息: one text to one person over one channel, sent once (P01, P02, P09)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition

from .states import ChannelKind, MessageStatus

S = MessageStatus


@stateful(evented=False)
class Message(StateModel):
    """消息: its source (a reminder, an event) and channel make it unique; ``public_id`` is the provider's key (P02).

    ``params`` are what the template needs to be rendered again, encrypted; ``rendered_digest`` proves the text (P09).
    """

    public_id = public_id()
    template = models.CharField(_("template"), max_length=60)
    channel = models.CharField(_("channel"), max_length=8, choices=ChannelKind.choices)
    party_id = models.BigIntegerField(_("party"))
    policy_id = models.BigIntegerField(_("policy"), null=True)
    source_type = models.CharField(_("source type"), max_length=60)
    source_id = models.BigIntegerField(_("source"))
    status = StateField(_("status"), choices=S.choices, default=S.PLANNED)
    planned_on = models.DateField(_("planned on"))
    expires_on = models.DateField(_("useful until"), null=True, blank=True)
    next_attempt_at = models.DateTimeField(_("not before"), db_default=Now())
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("being sent until"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=8, default="zh-hans")
    params = models.TextField(_("parameters"), blank=True)
    rendered_digest = models.CharField(_("digest of the text"), max_length=64, blank=True)
    provider_ref = models.CharField(_("provider reference"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["source_type", "source_id", "channel"], name="message_once"),
            models.CheckConstraint(name="message_status_known", condition=Q(status__in=S.values)),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(status__in=[S.PLANNED, S.SENDING, S.UNKNOWN]),
                name="message_due",
            ),
            models.Index(fields=["policy_id", "id"], name="message_of_policy"),
            models.Index(fields=["party_id", "accepted_at"], name="message_to_party"),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.channel} #{self.pk}"

    @transition(status, [S.PLANNED, S.UNKNOWN], S.SENDING)
    def start(self, lease_until):
        self.lease_until, self.attempts = lease_until, self.attempts + 1

    @transition(status, S.SENDING, S.PLANNED)
    def retry(self, at, reason):
        self.next_attempt_at, self.lease_until, self.reason = at, None, reason

    @transition(status, [S.SENDING, S.UNKNOWN], S.ACCEPTED)
    def accept(self, at, provider_ref, digest):
        self.accepted_at, self.provider_ref, self.lease_until = at, provider_ref, None
        self.rendered_digest = digest or self.rendered_digest

    @transition(status, [S.SENDING, S.ACCEPTED, S.UNKNOWN], S.DELIVERED)
    def deliver(self, at):
        self.delivered_at, self.lease_until = at, None

    @transition(status, [S.SENDING, S.ACCEPTED, S.UNKNOWN], S.FAILED)
    def fail(self, reason):
        self.reason, self.lease_until = reason, None

    @transition(status, S.SENDING, S.UNKNOWN)
    def lose(self, ask_at, reason):
        """A crash or a silent provider: it may have gone out. Never sent again without asking (R3)."""
        self.next_attempt_at, self.reason, self.lease_until = ask_at, reason, None

    @transition(status, S.PLANNED, S.SKIPPED)
    def skip(self, reason):
        self.reason = reason

    @transition(status, [S.PLANNED, S.SENDING, S.UNKNOWN], S.DEAD)
    def give_up(self, reason):
        self.reason, self.lease_until = reason, None
