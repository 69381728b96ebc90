"""Reminder 续期提醒: one stage of the cadence for one instalment."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.guards import append_only
from apps.core.models import public_id

from .states import ReminderStatus, SkipReason


@append_only
class Reminder(models.Model):
    """续期提醒: planned or skipped once for each instalment and stage (P02, P04).

    ``stage`` is days from the due date; ``stage_on`` the day it is for, ``expires_on`` the last day it is of use.
    """

    public_id = public_id()
    instalment = models.ForeignKey(
        "billing.Instalment", models.PROTECT, related_name="reminders", db_index=False, verbose_name=_("instalment")
    )
    policy_id = models.BigIntegerField(_("policy"), db_index=True)
    stage = models.SmallIntegerField(_("stage"))
    stage_on = models.DateField(_("for"))
    expires_on = models.DateField(_("useful until"))
    planned_on = models.DateField(_("planned on"))
    status = models.CharField(_("status"), max_length=8, choices=ReminderStatus.choices)
    reason = models.CharField(_("reason"), max_length=40, choices=SkipReason.choices, blank=True)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(fields=["instalment", "stage"], name="reminder_once"),
            models.CheckConstraint(
                name="reminder_skip_explained",
                condition=Q(status=ReminderStatus.PLANNED, reason="")
                | Q(status=ReminderStatus.SKIPPED, reason__in=SkipReason.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instalment_id} {self.stage:+d}"
