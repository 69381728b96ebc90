"""Products and their versions, to be read; they come from files by ``manage.py load_products``."""

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.core.admin import (
    Choice,
    Column,
    Fact,
    Facts,
    StaffAdmin,
    StaffRequest,
    Table,
    badge,
    day,
    frequency,
    money,
    tab,
)
from apps.core.admin.pages import Section

from . import selectors
from .features import Benefit
from .models import Product, ProductVersion
from .states import Line
from .terms import Coverage, ProductTerms
from .values import SINGLE_PAYMENT, WHOLE_OF_LIFE, Period

PAGE = "products.product"


def period(term: Period) -> str:
    """20 years, to age 70, for life, once."""
    words = {
        "Y": _("{n} years"),
        "A": _("to age {n}"),
        WHOLE_OF_LIFE: _("for life"),
        SINGLE_PAYMENT: _("single premium"),
    }
    return str(words[term.unit]).format(n=term.length)


def local(value: Coverage | Benefit) -> str:
    return value.name_zh if (get_language() or "").startswith("zh") else value.name_en


@admin.register(Product)
class ProductAdmin(StaffAdmin):
    read = "product_read.R"
    order = ("code",)
    about = _("Parameters, rates and values are data: a changed file makes a new version.")
    columns = (
        Column(_("Code"), "code"),
        Column(_("Name"), selectors.name_of),
        Column(_("Class of insurance"), "get_line_display"),
        Column(_("Versions"), "written", numeric=True),
        Column(_("Newest from"), "newest"),
    )
    filters = (Choice("line", _("Class of insurance"), Line.choices),)

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.with_versions()

    def heading(self, obj: Product) -> str:
        return selectors.name_of(obj)

    def badges(self, obj: Product) -> Sequence[str]:
        return [badge(obj.get_line_display())]

    def highlights(self, request: StaffRequest, obj: Product) -> Sequence[Fact]:
        terms = selectors.terms_of(_newest(obj).pk)
        return [
            Fact(_("Code"), obj.code),
            Fact(_("Version"), terms.version, day(terms.effective_on)),
            Fact(_("Grace period"), _days(terms.grace_days)),
            Fact(_("Cooling-off period"), _days(terms.cooling_off_days)),
            Fact(_("Billed before due"), _days(terms.bill_days_before)),
            Fact(_("Reinstatement"), _("{n} years").format(n=terms.reinstatement_years)),
            Fact(_("Currency"), terms.currency.value),
        ]


def _newest(product: Product) -> ProductVersion:
    return product.versions.defer("terms").order_by("-number")[0]


def _days(count: int) -> str:
    return str(_("{n} days")).format(n=count)


@tab(PAGE, _("Coverages"), order=10)
def coverages(request: StaffRequest, product: Product) -> Sequence[Section]:
    terms = selectors.terms_of(_newest(product).pk)
    return [section for coverage in terms.coverages for section in _of_coverage(coverage, terms)]


def _of_coverage(coverage: Coverage, terms: ProductTerms) -> list[Section]:
    limits = [
        Fact(_("Code"), coverage.code),
        Fact(_("Main or rider"), coverage.role.label),
        Fact(_("Sum assured from"), money(coverage.min_sum_assured, terms.currency)),
        Fact(_("Sum assured to"), money(coverage.max_sum_assured, terms.currency)),
        Fact(_("Cash values"), coverage.cash_values is not None),
    ]
    plans = [
        Column(_("Policy term"), lambda plan: period(plan.policy_term)),
        Column(_("Premium term"), lambda plan: period(plan.payment_term)),
        Column(_("Entry age"), lambda plan: f"{plan.min_age}–{plan.max_age}"),
    ]
    benefits = [
        Column(_("Benefit"), local),
        Column(_("Payee"), lambda benefit: benefit.payee.label),
        Column(_("Waiting period"), lambda benefit: _days(benefit.waiting_days) if benefit.waiting_days else ""),
    ]
    return [
        Facts(limits, local(coverage)),
        Table(benefits, coverage.benefits, _("Benefits")),
        Table(plans, coverage.plans, _("Plans on offer")),
    ]


@tab(PAGE, _("Premiums and reminders"), order=20)
def premiums(request: StaffRequest, product: Product) -> Sequence[Section]:
    terms = selectors.terms_of(_newest(product).pk)
    modes = [
        Column(_("Frequency"), lambda mode: frequency(mode[0])),
        Column(_("Modal factor"), lambda mode: str(mode[1])),
        Column(_("Reminders, in days from the due date"), lambda mode: _cadence(terms, mode[0])),
    ]
    lapse = [
        Fact(_("Unpaid premium"), terms.non_forfeiture.default.label),
        Fact(_("Grace rolls over holidays"), terms.grace_rolls),
        Fact(_("At the end of the term"), terms.at_term_end.label),
        Fact(_("Interest on arrears"), f"{terms.arrears_interest_rate:.2%}"),
    ]
    return [Table(modes, terms.modal_factors.items(), _("Frequencies")), Facts(lapse, _("Lapse and end"))]


def _cadence(terms: ProductTerms, mode) -> str:
    return ", ".join(f"{stage:+d}" for stage in terms.reminder_days.get(mode, ()))


@tab(PAGE, _("Versions"), order=30)
def versions(request: StaffRequest, product: Product) -> Sequence[Section]:
    columns = [
        Column(_("Version"), "number", numeric=True),
        Column(_("Effective on"), "effective_on"),
        Column(_("Loaded at"), "loaded_at"),
        Column(_("Digest of the files"), lambda version: version.digest[:16]),
    ]
    return [Table(columns, product.versions.defer("terms").order_by("-number"))]
