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
    HOSPITAL_CASH = "hospital_cash", _("Hospital cash")
    PREMIUM_WAIVER = "premium_waiver", _("Premium waiver")


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
    """费率单位: what one rate of the table means."""

    SUM_ASSURED = "sum_assured", _("Premium per amount of sum assured")
    LIFE = "life", _("Premium per insured person")
    PREMIUM = "premium", _("Sum assured bought per amount of premium")
    RISK = "risk", _("Yearly risk charge per amount at risk")


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


class BenefitAmount(TextChoices):
    """给付金额: how much a benefit pays."""

    SUM_ASSURED = "sum_assured", _("the sum assured")
    GREATEST = "greatest", _("the greatest of the sum assured, a share of the premiums paid, and the cash value")
    INCREASED_SUM_ASSURED = "increased_sum_assured", _("the sum assured of that policy year")
    ACCOUNT = "account", _("the greater of the sum assured and the account value")
    PER_DAY = "per_day", _("the sum assured for each day in hospital")
    EXPENSES = "expenses", _("the expenses, up to the sum assured a year")
    PREMIUMS_WAIVED = "premiums_waived", _("the premiums that fall due from then on")


class CoverEnd(TextChoices):
    """给付后的效力: what a benefit that has been paid in full brings to its end."""

    NOTHING = "nothing", _("cover goes on")
    COVERAGE = "coverage", _("this cover ends")
    POLICY = "policy", _("the whole policy ends")


class PayoutKind(TextChoices):
    """生存类给付: what the insured receives for being alive."""

    SURVIVAL = "survival", _("Survival benefit")
    ANNUITY = "annuity", _("Annuity")
    MATURITY = "maturity", _("Maturity benefit")


class PayoutBasis(TextChoices):
    """生存类给付的计算基础."""

    SUM_ASSURED = "sum_assured", _("of the sum assured")
    PREMIUMS_PAID = "premiums_paid", _("of the premiums paid")


class WaivedPremiums(TextChoices):
    """豁免的保险费: whose premiums a waiver pays."""

    MAIN = "main", _("the premiums of the main cover")
    POLICY = "policy", _("the premiums of the main cover and its other riders")
