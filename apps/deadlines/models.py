"""Deadline 时限: a running duty of ours; and the calendar of working days 工作日历."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition

from .states import DeadlineStatus as S


@stateful(evented=False)
class Deadline(StateModel):
    """时限: one duty counted from one event (``clocks.yaml``); it can pause, restart, warn and breach (T-01, T-05)."""

    public_id = public_id()
    clock = models.CharField(_("clock"), max_length=40)
    subject_type = models.CharField(_("subject type"), max_length=60)
    subject_id = models.BigIntegerField(_("subject"))
    policy_id = models.BigIntegerField(_("policy"), null=True)
    status = StateField(_("status"), choices=S.choices, default=S.RUNNING)
    started_on = models.DateField(_("started on"))
    due_on = models.DateField(_("due on"))
    warn_on = models.DateField(_("warn on"))
    provisional = models.BooleanField(
        _("provisional"), default=False, help_text=_("Counted in a year whose calendar is not yet announced.")
    )
    paused_on = models.DateField(_("paused on"), null=True, blank=True)
    paused_days = models.PositiveIntegerField(_("paused days"), default=0)
    warned_on = models.DateField(_("warned on"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "subject_type", "subject_id"],
                condition=Q(status__in=[S.RUNNING, S.PAUSED, S.BREACHED]),
                name="one_open_deadline",
            )
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="deadline_by_due_on"),
            models.Index(fields=["status", "due_on", "id"], name="deadline_of_status"),
            models.Index(fields=["policy_id"], name="deadline_of_policy"),
        ]

    def __str__(self) -> str:
        return f"{self.clock} {self.due_on:%Y-%m-%d}"

    @transition(status, S.RUNNING, S.PAUSED)
    def pause(self, on):
        self.paused_on = on

    @transition(status, S.PAUSED, S.RUNNING)
    def resume(self, due_on, paused_days):
        self.due_on, self.paused_days, self.paused_on = due_on, paused_days, None

    @transition(status, S.RUNNING, S.BREACHED)
    def breach(self):
        """The last day has passed with the duty undone."""

    @transition(status, [S.RUNNING, S.PAUSED], S.MET)
    def meet(self, on):
        self.ended_on = on

    @transition(status, S.BREACHED, S.MET_LATE)
    def meet_late(self, on):
        self.ended_on = on

    @transition(status, [S.RUNNING, S.PAUSED, S.BREACHED], S.CANCELLED)
    def cancel(self, on):
        self.ended_on = on


class CalendarYear(models.Model):
    """工作日历年度: days off and make-up working days of a year; estimated until the State Council announces (T-06)."""

    year = models.PositiveSmallIntegerField(_("year"), primary_key=True)
    announced = models.BooleanField(_("announced"), default=False)
    holidays = models.JSONField(_("holidays"), default=list, help_text=_("ISO dates that are days off."))
    makeup_days = models.JSONField(_("make-up working days"), default=list, help_text=_("ISO dates."))
    changed_at = models.DateTimeField(_("changed at"), db_default=Now())

    class Meta:
        verbose_name = _("calendar year")
        verbose_name_plural = _("calendar years")

    def __str__(self) -> str:
        return str(self.year)
