"""Message 消息: one text to one person over one channel, sent once (P01, P02, P09)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.guards import append_only
from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition
from apps.parties import vault

from .states import ChannelKind, Happening, MessageStatus

S = MessageStatus


@vault.sealed("params")
@stateful(evented=False)
class Message(StateModel):
    """消息: ``event_id``, ``code`` (its row in ``messages.py``), channel and reader make it unique; ``public_id`` is
    the provider's key (P02).

    Its reader is a customer (``party``), an account (``user``), or the office's group where there is neither. One that
    went out ``instead_of`` another follows a channel that failed.

    ``due_at`` is when the machine looks at it next: not sent before (planned), lease ends (sending), provider is asked
    again (unknown, accepted); empty when nothing more will happen by itself. ``params`` are what the text is made of,
    encrypted and fixed at the first attempt; ``rendered_digest`` proves the text (P09). ``handed_at`` is written before
    a message leaves us, where the provider does not dedupe: without it none ever did.
    """

    public_id = public_id()
    code = models.CharField(_("message"), max_length=40)
    template = models.CharField(_("template"), max_length=60, blank=True)
    channel = models.CharField(_("channel"), max_length=8, choices=ChannelKind.choices, blank=True)
    party = models.ForeignKey(
        "parties.Party",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("recipient"),
    )
    user = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("user")
    )
    policy = models.ForeignKey(
        "policies.Policy",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
        db_index=False,
        verbose_name=_("policy"),
    )
    instead_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replacements", verbose_name=_("instead of")
    )
    event_id = models.BigIntegerField(_("event"))
    subject_id = models.BigIntegerField(_("subject"))
    status = StateField(_("status"), choices=S.choices, default=S.PLANNED)
    send_on = models.DateField(_("for"))
    expires_on = models.DateField(_("useful until"), null=True, blank=True)
    due_at = models.DateTimeField(_("next look"), null=True, blank=True, db_default=Now())
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    asked = models.PositiveSmallIntegerField(_("questions to the provider"), default=0)
    handed_at = models.DateTimeField(_("handed over at"), null=True, blank=True)
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
            models.UniqueConstraint(
                fields=["event_id", "code", "channel", "party", "user"], nulls_distinct=False, name="message_once"
            ),
            models.CheckConstraint(
                name="message_of_one_reader", condition=Q(party__isnull=True) | Q(user__isnull=True)
            ),
            models.CheckConstraint(name="message_status_known", condition=Q(status__in=S.values)),
        ]
        indexes = [
            models.Index(
                fields=["channel", "status", "due_at", "id"], condition=Q(due_at__isnull=False), name="message_due"
            ),
            models.Index(fields=["policy", "id"], name="message_of_policy"),
            models.Index(fields=["party", "accepted_at"], name="message_to_party"),
            models.Index(fields=["user", "-id"], condition=Q(channel=ChannelKind.INBOX), name="message_of_inbox"),
            models.Index(
                fields=["user"], condition=Q(channel=ChannelKind.INBOX, status=S.ACCEPTED), name="message_unread"
            ),
            models.Index(
                fields=["status", "send_on", "id"], condition=Q(channel=ChannelKind.POST), name="message_by_post"
            ),
            models.Index(fields=["status", "id"], name="message_of_status"),
            models.Index(fields=["code", "id"], name="message_of_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.channel} #{self.pk}"

    @property
    def reader_id(self):
        """The customer, the account, or 0 for the office's group."""
        return self.party_id or self.user_id or 0

    @transition(status, S.PLANNED, S.SENDING)
    def start(self, lease_until):
        """To be handed over, or printed where there is no lease."""
        self.due_at, self.attempts = lease_until, self.attempts + 1
        self.handed_at, self.provider_ref = None, ""

    def start_again(self, lease_until):
        """The sender before us died, or the provider did not answer: once more under the same key."""
        self.due_at, self.attempts = lease_until, self.attempts + 1

    @transition(status, [S.SENDING, S.UNKNOWN], S.PLANNED)
    def put_back(self, at, reason):
        """The provider did not take it, or says it never had it: may be sent again."""
        self.due_at, self.reason = at, reason

    @transition(status, [S.FAILED, S.DEAD], S.PLANNED)
    def retry(self, at):
        """Somebody has seen to the cause: a new set of attempts, with the address and the facts of that day."""
        self.due_at, self.attempts, self.asked, self.params = at, 0, 0, ""

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

    @transition(status, [S.PLANNED, S.SENDING, S.SKIPPED, S.FAILED, S.DEAD], S.ACCEPTED)
    def post(self, at, tracking):
        """邮寄: no channel could bring it, so it went on paper; ``tracking`` is the number of the dispatch."""
        self.due_at, self.reason, self.accepted_at, self.provider_ref = None, "", at, tracking

    @transition(status, [S.PLANNED, S.SENDING, S.UNKNOWN], S.DEAD)
    def give_up(self, reason):
        self.due_at, self.reason = None, reason


@append_only
class Attempt(models.Model):
    """发送经过: one thing that happened to a message on its way: tried, answered, receipted, printed.

    A receipt that comes twice is one row. ``reason`` is the provider's, and holds neither address nor text.
    """

    message = models.ForeignKey(
        Message, models.PROTECT, related_name="history", db_index=False, verbose_name=_("message")
    )
    at = models.DateTimeField(_("at"))
    happening = models.CharField(_("what happened"), max_length=11, choices=Happening.choices)
    provider_ref = models.CharField(_("provider reference"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [models.UniqueConstraint(fields=["message", "at", "happening"], name="attempt_once")]

    def __str__(self) -> str:
        return f"{self.message_id} {self.happening}"


class ReceiptCount(models.Model):
    """回执计数: how many receipts one source pushed on one day: about messages of ours, and about none (P10)."""

    source = models.CharField(_("source"), max_length=40)
    day = models.DateField(_("day"))
    noted = models.PositiveIntegerField(_("noted"), default=0)
    unknown = models.PositiveIntegerField(_("about no message of ours"), default=0)

    class Meta:
        verbose_name = _("receipt count")
        verbose_name_plural = _("receipt counts")
        constraints = [models.UniqueConstraint(fields=["day", "source"], name="receipt_count_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.day}"


class Member(models.Model):
    """企业微信成员: under which id WeCom knows an account of ours."""

    user = models.OneToOneField(
        "accounts.User", models.PROTECT, primary_key=True, related_name="+", verbose_name=_("user")
    )
    wecom_id = models.CharField(_("WeCom user id"), max_length=64, unique=True)

    class Meta:
        verbose_name = _("WeCom member")
        verbose_name_plural = _("WeCom members")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Notice(Message):
    """站内消息: a message in somebody's own inbox; delivered means read."""

    class Meta:
        proxy = True
        verbose_name = _("notice")
        verbose_name_plural = _("inbox")


class Letter(Message):
    """信函: a message that no electronic channel can bring, to be printed and posted."""

    class Meta:
        proxy = True
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
