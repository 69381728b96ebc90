"""Message 消息: one text to one person over one channel, sent once (P01, P02, P09)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition
from apps.parties import vault

from .states import ChannelKind, MessageStatus

S = MessageStatus


@vault.sealed("params")
@stateful(evented=False)
class Message(StateModel):
    """消息: ``event_id`` and ``code`` (its row in ``messages.py``) make it unique; ``public_id`` is the provider's
    key (P02).

    ``due_at`` is when the machine looks at it next: not sent before (planned), lease ends (sending), provider is asked
    again (unknown, accepted); empty when nothing more will happen by itself. ``params`` are what the text is made of,
    encrypted and fixed at the first attempt; ``rendered_digest`` proves the text (P09).
    """

    public_id = public_id()
    code = models.CharField(_("message"), max_length=40)
    template = models.CharField(_("template"), max_length=60, blank=True)
    channel = models.CharField(_("channel"), max_length=8, choices=ChannelKind.choices, blank=True)
    party = models.ForeignKey(
        "parties.Party", models.PROTECT, related_name="+", db_index=False, verbose_name=_("recipient")
    )
    policy = models.ForeignKey(
        "policies.Policy", models.PROTECT, related_name="messages", db_index=False, verbose_name=_("policy")
    )
    event_id = models.BigIntegerField(_("event"))
    subject_id = models.BigIntegerField(_("subject"))
    status = StateField(_("status"), choices=S.choices, default=S.PLANNED)
    send_on = models.DateField(_("for"))
    expires_on = models.DateField(_("useful until"), null=True, blank=True)
    due_at = models.DateTimeField(_("next look"), null=True, blank=True, db_default=Now())
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    asked = models.PositiveSmallIntegerField(_("questions to the provider"), default=0)
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
            models.UniqueConstraint(fields=["event_id", "code", "channel"], name="message_once"),
            models.CheckConstraint(name="message_status_known", condition=Q(status__in=S.values)),
        ]
        indexes = [
            models.Index(
                fields=["channel", "status", "due_at", "id"], condition=Q(due_at__isnull=False), name="message_due"
            ),
            models.Index(fields=["policy", "id"], name="message_of_policy"),
            models.Index(fields=["party", "accepted_at"], name="message_to_party"),
            models.Index(fields=["status", "id"], name="message_of_status"),
            models.Index(fields=["code", "id"], name="message_of_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.channel} #{self.pk}"

    @transition(status, S.PLANNED, S.SENDING)
    def start(self, lease_until):
        self.due_at, self.attempts = lease_until, self.attempts + 1

    def start_again(self, lease_until):
        """The sender before us died, or the provider did not answer: once more under the same key."""
        self.due_at, self.attempts = lease_until, self.attempts + 1

    @transition(status, [S.SENDING, S.UNKNOWN], S.PLANNED)
    def put_back(self, at, reason):
        """The provider did not take it, or says it never had it: may be sent again."""
        self.due_at, self.reason = at, reason

    @transition(status, [S.FAILED, S.DEAD], S.PLANNED)
    def retry(self):
        """Somebody has seen to the cause: a new set of attempts, with the address and the facts of that day."""
        self.due_at, self.attempts, self.asked, self.params = Now(), 0, 0, ""

    @transition(status, [S.PLANNED, S.SENDING, S.UNKNOWN, S.DEAD], S.ACCEPTED)
    def accept(self, ask_at):
        self.due_at, self.asked, self.reason = ask_at, 0, ""

    @transition(status, [S.PLANNED, S.SENDING, S.ACCEPTED, S.UNKNOWN, S.FAILED, S.DEAD], S.DELIVERED)
    def deliver(self):
        """Delivery is the last word, however late its receipt comes (P10)."""
        self.due_at, self.reason = None, ""

    @transition(status, [S.PLANNED, S.SENDING, S.ACCEPTED, S.UNKNOWN, S.DEAD], S.FAILED)
    def fail(self, reason):
        self.due_at, self.reason = None, reason

    @transition(status, S.SENDING, S.UNKNOWN)
    def lose(self, ask_at, reason):
        """A crash or a silent provider: it may have gone out. Never sent again without asking (R3)."""
        self.due_at, self.asked, self.reason = ask_at, 0, reason

    @transition(status, S.PLANNED, S.SKIPPED)
    def skip(self, reason):
        self.due_at, self.reason = None, reason

    @transition(status, [S.SKIPPED, S.FAILED, S.DEAD], S.ACCEPTED)
    def post(self, at, tracking):
        """邮寄: no channel could bring it, so it went on paper; ``tracking`` is the number of the dispatch."""
        self.due_at, self.reason, self.accepted_at, self.provider_ref = None, "", at, tracking

    @transition(status, [S.PLANNED, S.SENDING, S.UNKNOWN], S.DEAD)
    def give_up(self, reason):
        self.due_at, self.reason = None, reason
