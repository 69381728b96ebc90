from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PolicyStatus(TextChoices):
    """保单状态 (state-machines §3.1 a)."""

    PENDING_EFFECT = "PENDING_EFFECT", _("Not yet in effect")
    IN_FORCE = "IN_FORCE", _("In force")
    SUSPENDED = "SUSPENDED", _("Suspended")
    TERMINATED = "TERMINATED", _("Terminated")
    VOID = "VOID", _("Void")


class PremiumStatus(TextChoices):
    """交费状态 (state-machines §3.1 b). States join when the step that reaches them is built."""

    FIRST_DUE = "FIRST_DUE", _("First premium due")
    PAYING = "PAYING", _("Paying")
    GRACE = "GRACE", _("In grace")
    OVERDUE = "OVERDUE", _("Overdue")
    PAID_UP = "PAID_UP", _("Paid up")
    SINGLE = "SINGLE", _("Single premium")


class SuspensionCause(TextChoices):
    """中止原因: why cover is suspended; suspension for non-payment is what the field calls lapse 失效."""

    NON_PAYMENT = "non_payment", _("Premium unpaid at the end of grace")


class TerminationCode(TextChoices):
    """终止原因 (codes §5.2; 10 and above are our own)."""

    MATURITY = "01", _("Maturity")
    CLAIM = "02", _("Claim")
    SURRENDER = "03", _("Surrender")
    CONVERSION = "04", _("Conversion")
    RESCISSION = "05", _("Terminated by the insurer")
    COOLING_OFF = "08", _("Cooling-off cancellation")
    EXPIRY = "10", _("Expiry without renewal")
    OTHER = "99", _("Other")


class RoleKind(TextChoices):
    """保单角色."""

    HOLDER = "holder", _("Policyholder")
    INSURED = "insured", _("Insured")
    BENEFICIARY = "beneficiary", _("Beneficiary")


class HoldKind(TextChoices):
    """冻结类型 (state-machines §3.1 c)."""

    LEGAL = "legal", _("Judicial freeze")
    PLEDGE = "pledge", _("Pledged")
    LOST_DOCUMENT = "lost_document", _("Document lost")
    CLAIM = "claim", _("Claim open")
    AML = "aml", _("Anti-money-laundering")
    NONDISCLOSURE = "nondisclosure", _("Known non-disclosure")
    DISPUTE = "dispute", _("Dispute")


class PremiumFrequency(TextChoices):
    """缴费频率 of regular premium: what a holder may choose among, as far as the product offers it."""

    ANNUAL = "annual", _("Annually")
    SEMI_ANNUAL = "semi_annual", _("Half-yearly")
    QUARTERLY = "quarterly", _("Quarterly")
    MONTHLY = "monthly", _("Monthly")
