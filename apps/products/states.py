from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Line(TextChoices):
    """险种 (PK-16)."""

    TERM_LIFE = "term_life", _("Term life")
    WHOLE_LIFE = "whole_life", _("Whole life")
    INCREASING_WHOLE_LIFE = "increasing_whole_life", _("Increasing whole life")
    ENDOWMENT = "endowment", _("Endowment")
    ANNUITY = "annuity", _("Annuity")
    PENSION = "pension", _("Pension annuity")
    CRITICAL_ILLNESS = "critical_illness", _("Critical illness")
    MEDICAL = "medical", _("Medical")
    HIGH_LIMIT_MEDICAL = "high_limit_medical", _("High-limit medical")
    ACCIDENT = "accident", _("Accident")
    CHILD = "child", _("Child cover")
    UNIVERSAL_ACCOUNT = "universal_account", _("Universal account")


class Design(TextChoices):
    """设计类型 (条款费率办法 §18)."""

    ORDINARY = "ordinary", _("Ordinary")
    PARTICIPATING = "participating", _("Participating")
    UNIVERSAL = "universal", _("Universal life")
    UNIT_LINKED = "unit_linked", _("Unit-linked")


class CoverageRole(TextChoices):
    """主附险标志."""

    MAIN = "main", _("Main cover")
    RIDER = "rider", _("Rider")


class RateBasis(TextChoices):
    """费率单位: what one rate of the table buys."""

    SUM_ASSURED = "sum_assured", _("Per amount of sum assured")
    LIFE = "life", _("Per insured person")


class Factor(TextChoices):
    """费率因子: a fact that finds the row of a table. Each is a field of ``RatingFacts``."""

    SEX = "sex", _("Sex")
    AGE = "age", _("Age")
    POLICY_TERM = "policy_term", _("Policy term")
    PAYMENT_TERM = "payment_term", _("Premium term")
    OCCUPATION_CLASS = "occupation_class", _("Occupation class")


class TableKind(TextChoices):
    """表的种类."""

    RATE = "rate", _("Premium rates")
    CASH_VALUE = "cash_value", _("Cash values")


class TermEnd(TextChoices):
    """保险期间届满时的处理."""

    EXPIRE = "expire", _("Cover expires")
    MATURE = "mature", _("Maturity benefit falls due")
    RENEW = "renew", _("Renewal for another term")


class NonForfeiture(TextChoices):
    """保险费逾期未付的处理方式."""

    SUSPEND = "suspend", _("Suspension")
    PREMIUM_LOAN = "premium_loan", _("Automatic premium loan")
    REDUCED_PAID_UP = "reduced_paid_up", _("Reduced paid-up")
    EXTENDED_TERM = "extended_term", _("Extended term")


class PremiumLoanTest(TextChoices):
    """自动垫交的测试日: the day whose cash value must carry the premium."""

    GRACE_START = "grace_start", _("Day before grace begins")
    GRACE_END = "grace_end", _("Last day of grace")


class DebtTreatment(TextChoices):
    """变更时欠款的处理方式."""

    REPAID = "repaid", _("Debts are repaid first")
    NETTED = "netted", _("Debts are netted")


class OverloanEffect(TextChoices):
    """贷款本息达到现金价值时的后果 (E-19)."""

    SUSPEND = "suspend", _("Cover is suspended")
    TERMINATE = "terminate", _("Contract ends")


class WindowAnchor(TextChoices):
    """保全时间窗口的起算日."""

    START = "start", _("Start of the contract")
    ANNIVERSARY = "anniversary", _("Policy anniversary")
    DUE_DATE = "due_date", _("Premium due date")


class Payee(TextChoices):
    """保险金受领人."""

    DEATH_BENEFICIARY = "death_beneficiary", _("Death beneficiary")
    INSURED = "insured", _("Insured")
    HOLDER = "holder", _("Policyholder")
