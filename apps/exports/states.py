from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ExportStatus(TextChoices):
    """导出状态."""

    QUEUED = "QUEUED", _("Being written")
    AWAITING = "AWAITING", _("Waiting for approval")
    READY = "READY", _("Ready")
    FAILED = "FAILED", _("Could not be written")
    REJECTED = "REJECTED", _("Rejected")
    EXPIRED = "EXPIRED", _("Expired")


class ExportPurpose(TextChoices):
    """导出用途: what the list is taken out for (screen S22.2)."""

    SERVICE = "service", _("Serving customers")
    RENEWAL = "renewal", _("Renewal work")
    RECONCILIATION = "reconcile", _("Reconciliation")
    SUPERVISION = "supervision", _("Request of a supervisor or regulator")
    AUDIT = "audit", _("Audit")
    OTHER = "other", _("Other")


class ExportFormat(TextChoices):
    """文件格式."""

    XLSX = "xlsx", _("Spreadsheet (XLSX)")
    CSV = "csv", "CSV"
