"""BusinessDay 营业日, Agenda 待办日程, and the runs of the close of business 日终."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .states import DayStatus, QuarantineReason, RunStatus


class BusinessDay(models.Model):
    """营业日: the domain's only today. Exactly one day is open; days close in order (P30, P31).

    ``close_through`` is the wish to close the open day and those after it, up to that date: it passes from day to day,
    so that no lost message ends a close of many days (P03). While ``paused_at`` is set nobody goes on with the close.
    """

    date = models.DateField(_("date"), primary_key=True)
    status = models.CharField(_("status"), max_length=8, choices=DayStatus.choices, default=DayStatus.OPEN)
    opened_at = models.DateTimeField(_("opened at"), db_default=Now())
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.CharField(_("closed by"), max_length=80, blank=True)
    close_through = models.DateField(_("to be closed through"), null=True, blank=True)
    asked_by = models.CharField(_("asked by"), max_length=80, blank=True)
    asked_person = models.CharField(_("person who asked"), max_length=80, blank=True)
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    paused_by = models.CharField(_("paused by"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("business day")
        verbose_name_plural = _("business days")
        ordering = ["-date"]
        constraints = [
            models.UniqueConstraint(fields=["status"], condition=Q(status=DayStatus.OPEN), name="one_open_day")
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d}"


class Agenda(models.Model):
    """日程: what the night must look at, and when: written when facts change, removed when done.

    ``subject_id`` is the policy or the instalment, as the step of that ``kind`` says. Work is proportional to what is
    due, never to the portfolio.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(_("kind"), max_length=16)
    due_on = models.DateField(_("due on"))
    policy_id = models.BigIntegerField(_("policy"))
    subject_id = models.BigIntegerField(_("subject"))

    class Meta:
        verbose_name = _("agenda entry")
        verbose_name_plural = _("agenda")
        constraints = [models.UniqueConstraint(fields=["kind", "subject_id"], name="agenda_once")]
        indexes = [models.Index(fields=["kind", "due_on", "policy_id", "subject_id"], name="agenda_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.due_on:%Y-%m-%d}"


class Run(models.Model):
    """日终批次: one close of one business day. ``worker`` is the process at it, ``taken_over`` how often one died."""

    day = models.DateField(_("business day"))
    status = models.CharField(_("status"), max_length=8, choices=RunStatus.choices, default=RunStatus.RUNNING)
    started_by = models.CharField(_("started by"), max_length=80)
    started_at = models.DateTimeField(_("started at"), db_default=Now())
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    digest = models.CharField(_("digest of effects"), max_length=64, blank=True)
    error = models.TextField(_("error"), blank=True)
    worker = models.CharField(_("worker"), max_length=80, blank=True)
    taken_over = models.PositiveSmallIntegerField(_("taken over"), default=0)

    class Meta:
        verbose_name = _("close of business")
        verbose_name_plural = _("close of business")
        ordering = ["-day", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["day"], condition=~Q(status=RunStatus.FAILED), name="day_closes_once")
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.status}"


class StepRun(models.Model):
    """步骤进度: one step of one run; ``due`` is what the agenda held when it began, ``late`` of it from earlier days.

    ``seconds`` is the time spent at work, without pauses. The step's events are those of the night between the two
    event ids; ``effects`` counts and sums them once the step is done.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="steps", verbose_name=_("run"))
    step = models.CharField(_("step"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"))
    status = models.CharField(_("status"), max_length=8, choices=RunStatus.choices, default=RunStatus.RUNNING)
    due = models.PositiveIntegerField(_("due"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    skipped = models.PositiveIntegerField(_("skipped"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    late = models.PositiveIntegerField(_("late"), default=0)
    seconds = models.FloatField(_("seconds at work"), default=0)
    worked_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    first_event_id = models.BigIntegerField(_("events after"), default=0)
    last_event_id = models.BigIntegerField(_("events up to"), null=True, blank=True)
    effects = models.JSONField(_("effects"), default=list)
    started_at = models.DateTimeField(_("started at"), db_default=Now())
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["run", "position"]
        constraints = [models.UniqueConstraint(fields=["run", "step"], name="step_once_a_run")]

    def __str__(self) -> str:
        return f"{self.step} {self.done}/{self.due}"


class Quarantine(models.Model):
    """隔离: a record a step could not handle, with the reason; the night goes on. Retried until resolved."""

    step = models.CharField(_("step"), max_length=40)
    agenda_id = models.BigIntegerField(_("agenda entry"))
    policy_id = models.BigIntegerField(_("policy"))
    subject_id = models.BigIntegerField(_("subject"))
    reason = models.CharField(_("reason"), max_length=10, choices=QuarantineReason.choices)
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=1)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)

    class Meta:
        verbose_name = _("quarantined record")
        verbose_name_plural = _("quarantine")
        constraints = [
            models.UniqueConstraint(
                fields=["step", "agenda_id"], condition=Q(resolved_at__isnull=True), name="quarantined_once"
            ),
            models.CheckConstraint(name="quarantine_days", condition=Q(last_day__gte=F("first_day"))),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.policy_id}: {self.reason}"


class Banner(models.Model):
    """公告: a sentence from operations to everybody at work, on every page while it is up (screen S26.4)."""

    text_zh = models.CharField(_("text in Chinese"), max_length=200)
    text_en = models.CharField(_("text in English"), max_length=200)
    from_at = models.DateTimeField(_("from"))
    to_at = models.DateTimeField(_("until"))
    made_by = models.CharField(_("put up by"), max_length=80)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [models.CheckConstraint(name="banner_times", condition=Q(to_at__gte=F("from_at")))]
        indexes = [models.Index(fields=["to_at"], name="banner_until")]

    def __str__(self) -> str:
        return self.text_zh
