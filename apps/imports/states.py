from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class UploadStatus(TextChoices):
    """导入任务状态."""

    UPLOADED = "UPLOADED", _("Waiting for its mapping")
    MAPPED = "MAPPED", _("Mapped")
    CHECKING = "CHECKING", _("Being checked")
    CHECKED = "CHECKED", _("Checked, no wrong cell")
    FAULTY = "FAULTY", _("Has wrong cells")
    RUNNING = "RUNNING", _("Being imported")
    DONE = "DONE", _("Imported")
    FAILED = "FAILED", _("Broken off")
    CANCELLED = "CANCELLED", _("Discarded")


AT_WORK = (UploadStatus.CHECKING, UploadStatus.RUNNING)
ENDED = (UploadStatus.DONE, UploadStatus.CANCELLED)


class Mode(TextChoices):
    """导入方式: what a wrong row means for the others."""

    WHOLE = "whole", _("All rows or none")
    EACH = "each", _("Row by row: wrong rows are left out")


class TakenFor(TextChoices):
    """下载用途: why somebody takes wrong rows home."""

    CORRECTING = "correcting", _("Correcting the rows")
    ASKING = "asking", _("Asking those who keep the old system")
    AUDIT = "audit", _("Audit")
    OTHER = "other", _("Other")


class Phase(TextChoices):
    """What the worker is at."""

    WAITING = "waiting", _("Waiting for a worker")
    CHECKING = "checking", _("Checking rows")
    LOADING = "loading", _("Loading: customers, policies, instalments")
