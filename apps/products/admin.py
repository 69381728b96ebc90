"""Products and their versions, to be read; they come from files by ``manage.py load_products``."""

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import QuerySet
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
    link,
    money,
    tab,
    trace_words,
)
from apps.core.admin.pages import Section

from . import selectors, wording
from .items import ITEMS
from .models import Product, ProductVersion
from .states import Line
from .terms import Coverage, ProductTerms

PAGE = "products.product"

trace_words(
    {
        "premium §4.1": _("Premium of one instalment"),
        "cash value §4.3": _("Cash value, to the day"),
        "cash value §4.3 short-term": _("Unearned premium"),
        "sum assured": _("Sum assured"),
        "sum assured of the year": _("Sum assured of the policy year"),
        "universal account §4.12": _("Account of the month"),
        "coverage": _("Coverage"),
        "sum_assured": _("Sum assured"),
        "policy_year": _("Policy year"),
        "value_before": _("Table value at the start of the policy year"),
        "value_after": _("Table value at its end"),
        "days_passed": _("Days passed"),
        "days_in_year": _("Days in the policy year"),
        "valued_at": _("Valued on"),
        "annual_premium": _("Premium of a year"),
        "loading": _("Charges in the premium"),
        "days_left": _("Days left"),
        "days_of_term": _("Days of the term"),
        "rate": _("Rate"),
        "extra_percent": _("Loading, per cent of the rate"),
        "extra_per_mille": _("Loading, per mille of the sum assured"),
        "frequency": _("Frequency"),
        "modal_factor": _("Factor of the frequency"),
    }
)


@admin.register(Product)
class ProductAdmin(StaffAdmin):
    read = "product_read.R"
    order = ("code",)
    about = _("Parameters, rates and values are data: a changed file makes a new version.")
    columns = (
        Column(_("Code"), "code"),
        Column(_("Product name"), selectors.name_of),
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
            Fact(_("Grace period"), wording.days(terms.grace_days)),
            Fact(_("Cooling-off period"), wording.days(terms.cooling_off_days)),
            Fact(_("Billed before due"), wording.days(terms.bill_days_before)),
            Fact(_("Reinstatement"), _("{n} years").format(n=terms.reinstatement_years)),
            Fact(_("Currency"), terms.currency.value),
        ]


def _newest(product: Product) -> ProductVersion:
    return product.versions.defer("terms").order_by("-number")[0]


@tab(PAGE, _("Coverages"), order=10)
def coverages(request: StaffRequest, product: Product) -> Sequence[Section]:
    terms = selectors.terms_of(_newest(product).pk)
    sections = [section for coverage in terms.coverages for section in _of_coverage(coverage, terms)]
    return sections if terms.is_rider else [*sections, _riders(product)]


def _riders(product: Product) -> Table:
    columns = (Column(_("Code"), lambda rider: link(rider, rider.code)), Column(_("Product name"), selectors.name_of))
    return Table(columns, selectors.riders_of(product.code), _("Riders that attach to it"))


def _of_coverage(coverage: Coverage, terms: ProductTerms) -> list[Section]:
    benefits = [
        Column(_("Benefit"), wording.local),
        Column(_("Pays"), wording.amount),
        Column(_("Payee"), lambda benefit: benefit.payee.label),
        Column(_("Waiting period"), lambda benefit: wording.days(benefit.waiting_days) if benefit.waiting_days else ""),
        Column(_("Afterwards"), lambda benefit: benefit.ends.label),
    ]
    payouts = [
        Column(_("To the living"), wording.local),
        Column(_("Pays"), wording.payout),
        Column(_("Payee"), lambda payout: payout.payee.label),
    ]
    plans = [
        Column(_("Policy term"), lambda plan: wording.period(plan.policy_term)),
        Column(_("Premium term"), lambda plan: wording.period(plan.payment_term)),
        Column(_("Entry age"), lambda plan: f"{plan.min_age}–{plan.max_age}"),
    ]
    sections: list[Section] = [
        Facts(_limits(coverage, terms), wording.local(coverage)),
        Table(benefits, coverage.benefits, _("Benefits")),
    ]
    if coverage.payouts:
        sections.append(Table(payouts, coverage.payouts, _("Benefits to the living")))
    said = [Column(_("What else holds"), str)]
    return [
        *sections,
        Table(said, list(wording.conditions(coverage)), _("Conditions")),
        Table(plans, coverage.plans, _("Plans on offer")),
    ]


def _limits(coverage: Coverage, terms: ProductTerms) -> list[Fact]:
    limits = [
        Fact(_("Code"), coverage.code),
        Fact(_("Main or rider"), coverage.role.label, ", ".join(terms.attachable_to)),
        Fact(_("Sum assured from"), money(coverage.min_sum_assured, terms.currency)),
        Fact(_("Sum assured to"), money(coverage.max_sum_assured, terms.currency)),
        Fact(_("Highest occupation class"), coverage.max_occupation_class),
    ]
    if coverage.premium_limits:
        limits += [
            Fact(_("Yearly premium from"), money(coverage.premium_limits.lowest, terms.currency)),
            Fact(_("Yearly premium to"), money(coverage.premium_limits.highest, terms.currency)),
        ]
    return limits


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


@tab(PAGE, _("Permitted changes"), order=30)
def changes(request: StaffRequest, product: Product) -> Sequence[Section]:
    terms = selectors.terms_of(_newest(product).pk)
    columns = [
        Column(_("Change"), lambda item: wording.named(ITEMS, item[0])),
        Column(_("Window"), lambda item: wording.window(item[1].window)),
        Column(_("Limits"), lambda item: wording.limits(item[1])),
        Column(_("Documents"), lambda item: wording.documents(item[1])),
    ]
    return [Table(columns, sorted(terms.endorsement_items.items()))]


@tab(PAGE, _("Tables"), order=40)
def tables(request: StaffRequest, product: Product) -> Sequence[Section]:
    terms = selectors.terms_of(_newest(product).pk)
    columns = [
        Column(_("Coverage"), lambda row: wording.local(row[0])),
        Column(_("Table"), lambda row: row[1].label),
        Column(_("How it is read"), lambda row: wording.table_reading(row[1], row[2])),
        Column(_("Rows"), lambda row: row[3], numeric=True),
    ]
    return [Table(columns, wording.tables(terms), _("Tables of version {n}").format(n=terms.version))]


@tab(PAGE, _("Versions"), order=50)
def versions(request: StaffRequest, product: Product) -> Sequence[Section]:
    columns = [
        Column(_("Version"), "number", numeric=True),
        Column(_("Effective on"), "effective_on"),
        Column(_("Loaded at"), "loaded_at"),
        Column(_("Digest of the files"), lambda version: version.digest[:16]),
    ]
    return [Table(columns, product.versions.defer("terms").order_by("-number"))]
