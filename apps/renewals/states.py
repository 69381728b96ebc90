from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ReminderStatus(TextChoices):
    """提醒计划: a stage is planned once, or skipped with its reason."""

    PLANNED = "planned", _("Planned")
    SKIPPED = "skipped", _("Skipped")


class SkipReason(TextChoices):
    """不提醒的原因: why a stage of the cadence was not, or is no longer, worth a message (P05, P06)."""

    PAID = "paid", _("Premium already paid")
    OPTED_OUT = "opted_out", _("Reminders not wanted")
    SUPERSEDED = "superseded", _("A later reminder takes its place")
    NOT_IN_FORCE = "policy_not_in_force", _("Policy not in force")
    BARRED = "premium_barred", _("No premium is taken at present")


class WaitReason(TextChoices):
    """暂缓中止的原因: why unpaid premium does not suspend cover today; asked again the next day."""

    MONEY_IN_FLIGHT = "money_in_flight", _("A receipt waits for confirmation")
    HOLD = "hold", _("A claim, dispute or freeze is open")
    NON_FORFEITURE = "non_forfeiture", _("Another non-forfeiture option applies")


class Tone(TextChoices):
    """提醒口径: what a reminder has to say at its place in the cadence."""

    BEFORE_DUE = "before_due", _("Before the due date")
    DUE_TODAY = "due_today", _("On the due date")
    IN_GRACE = "in_grace", _("In grace")
    FINAL = "final", _("Last days of grace")
