"""What a product says, in words 条款释义: benefits, payouts and conditions as sentences for the staff pages."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from apps.core.dates import Frequency

from .features import Account, Benefit, Payout
from .items import DOCUMENTS, LIMITS
from .states import BenefitAmount, Factor, PayoutKind, RateBasis, TableKind, WindowAnchor
from .terms import Basis, Coverage, ItemTerms, ItemWindow, ProductTerms
from .values import SINGLE_PAYMENT, WHOLE_OF_LIFE, Period

PERIODS = {
    "Y": gettext_lazy("{n} years"),
    "A": gettext_lazy("to age {n}"),
    WHOLE_OF_LIFE: gettext_lazy("for life"),
    SINGLE_PAYMENT: gettext_lazy("single premium"),
}
EVERY = {Frequency.ANNUAL: gettext_lazy("every year"), Frequency.MONTHLY: gettext_lazy("every month")}


def local(value: Coverage | Benefit | Payout) -> str:
    """Its name in the reader's language."""
    return value.name_zh if (get_language() or "").startswith("zh") else value.name_en


def period(term: Period) -> str:
    """20 years, to age 70, for life, single premium."""
    return str(PERIODS[term.unit]).format(n=term.length)


def days(count: int) -> str:
    return _("{n} days").format(n=count)


def percent(share: Decimal) -> str:
    """A share as people write it: 1.75%, 160%."""
    return f"{(share * 100).normalize():f}%"


def amount(benefit: Benefit) -> str:
    """给付金额: how much a benefit pays, and how often."""
    words = str(benefit.amount.label)
    if benefit.share != 1:
        words = _("{share} of {amount}").format(share=percent(benefit.share), amount=words)
    if benefit.most_days is not None:
        words = _("{amount}, for at most {n} days a year").format(amount=words, n=benefit.most_days)
    if benefit.most_times > 1:
        words = _("{amount}, up to {n} times").format(amount=words, n=benefit.most_times)
    return words


def payout(given: Payout) -> str:
    """给付时间与金额 of what the insured receives for being alive."""
    share = _("{share} {basis}").format(share=percent(given.share), basis=given.basis.label)
    match given.kind:
        case PayoutKind.MATURITY:
            return _("{share} at the end of the term").format(share=share)
        case PayoutKind.SURVIVAL:
            return _("{share} after {n} policy years").format(share=share, n=given.after_years)
    words = _("{share} {every} from age {n}").format(share=share, every=EVERY[given.frequency], n=given.from_age)
    if given.guaranteed_years:
        words = _("{words}, the first {n} years whether the insured lives or not").format(
            words=words, n=given.guaranteed_years
        )
    return words


def conditions(coverage: Coverage) -> Iterator[str]:
    """特别约定: what holds for this coverage beyond its benefits and plans."""
    if coverage.increase:
        yield _("The sum assured grows by {rate} each policy year.").format(rate=percent(coverage.increase.rate))
    if coverage.premium_floors and any(each.amount == BenefitAmount.GREATEST for each in coverage.benefits):
        yield _("The share of the premiums paid is {shares}.").format(shares=_floors(coverage))
    if coverage.account:
        yield from _account(coverage.account)
    if coverage.reimbursement:
        terms = coverage.reimbursement
        yield _(
            "Beyond {deductible} a year, {share} of the expenses is paid; {without} if social insurance paid nothing."
        ).format(
            deductible=f"{terms.deductible:,.0f}",
            share=percent(terms.share),
            without=percent(terms.share_without_social_insurance),
        )
    if coverage.waiver:
        yield _("The insurer bears {premiums}.").format(premiums=coverage.waiver.premiums.label)
        yield _("The sum assured is what those premiums come to in a year.")
    if coverage.renewable_to_age:
        yield _("Renewable to age {n}.").format(n=coverage.renewable_to_age)
    if coverage.guaranteed_renewal_years:
        yield _("Renewal is guaranteed for {n} years.").format(n=coverage.guaranteed_renewal_years)
    yield _cash_value(coverage)


def _floors(coverage: Coverage) -> str:
    return _(", ").join(
        _("{share} from age {n}").format(share=percent(share), n=age) for age, share in coverage.premium_floors.items()
    )


def _account(account: Account) -> Iterator[str]:
    yield _("The account bears at least {rate} interest a year.").format(rate=percent(account.guaranteed_rate))
    yield _("Taken out of the first premium: {first}; out of later ones: {later}.").format(
        first=percent(account.initial_charge), later=percent(account.top_up_charge)
    )
    yield _("Every month the account bears the risk charge for the attained age.")
    if account.monthly_fee:
        yield _("Every month a fee of {fee} is taken out.").format(fee=f"{account.monthly_fee:,.2f}")
    if account.withdrawal_charges:
        charges = " / ".join(percent(charge) for charge in account.withdrawal_charges)
        yield _("A withdrawal costs {charges} in the first policy years, nothing later.").format(charges=charges)


def _cash_value(coverage: Coverage) -> str:
    if coverage.short_term_loading is not None:
        return _("Its value is what is left of the premium by days, less {loading}.").format(
            loading=percent(coverage.short_term_loading)
        )
    if coverage.account:
        return _("Its value is the account, less the charge for withdrawal.")
    return _("It has a table of cash values.") if coverage.cash_values else _("It has no cash value.")


def named(words: Mapping[str, str | Promise], code: str) -> str:
    """What people call it; the code itself where nobody gave it a name."""
    return str(words.get(code, code))


def limits(item: ItemTerms) -> str:
    return _(", ").join(f"{named(LIMITS, code)} {limit:,}" for code, limit in item.limits.items())


def documents(item: ItemTerms) -> str:
    return _(", ").join(named(DOCUMENTS, code) for code in item.documents or ())


def window(item: ItemWindow | None) -> str:
    """保全时间窗口: the days within which a change may be asked for; the usual ones if nothing is said."""
    if item is None:
        return _("as usual")
    anchor, begin, end = WindowAnchor(item.anchor).label, _from_anchor(item.from_day), _from_anchor(item.to_day)
    if not end:
        return _("{anchor}, from {begin} on").format(anchor=anchor, begin=begin)
    if not begin:
        return _("{anchor}, up to {end}").format(anchor=anchor, end=end)
    return _("{anchor}, from {begin} to {end}").format(anchor=anchor, begin=begin, end=end)


def _from_anchor(count: int | None) -> str:
    if count is None:
        return ""
    if count == 0:
        return _("the day itself")
    words = _("{n} days before") if count < 0 else _("{n} days after")
    return words.format(n=abs(count))


def table_reading(kind: TableKind, basis: Basis) -> str:
    """How a table is read: what its values mean, per how much, found by which facts."""
    if kind == TableKind.CASH_VALUE:
        of_premium = basis.basis == RateBasis.PREMIUM
        words = (
            _("Cash value by policy year per {n} of premium")
            if of_premium
            else _("Cash value by policy year per {n} of sum assured")
        )
    else:
        words = str(READINGS[basis.basis])
    factors = _(", ").join(str(Factor(factor).label) for factor in basis.factors)
    return _("{what}, by {factors}").format(what=words.format(n=f"{basis.per:,}"), factors=factors)


READINGS = {
    RateBasis.SUM_ASSURED: gettext_lazy("Yearly premium per {n} of sum assured"),
    RateBasis.LIFE: gettext_lazy("Yearly premium per insured person"),
    RateBasis.PREMIUM: gettext_lazy("Sum assured bought per {n} of yearly premium"),
    RateBasis.RISK: gettext_lazy("Yearly risk charge per {n} at risk"),
}


def tables(terms: ProductTerms) -> list[tuple[Coverage, TableKind, Basis, int]]:
    """The tables of a version: of which coverage, what they hold, how they are read, and how many rows they have."""
    return [
        (coverage, kind, basis, len(terms.tables[kind, coverage.code].rows))
        for coverage in terms.coverages
        for kind in TableKind
        if (basis := coverage.basis(kind))
    ]
