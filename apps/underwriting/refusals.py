"""The sentences of this app's refusals, and of the reasons why a case is referred."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    referral_reasons_missing=_("A referral says why it is made."),
    referral_waiting=_("This case is with the underwriter already: referral {number}."),
    referral_taken=_("This referral is with {underwriter} already."),
    underwriter_unfit=_("{name} does not decide referrals of this office."),
    extra_negative=_("An extra premium is not below zero."),
    extra_too_fine=_("An extra premium has at most two decimal places."),
    extra_too_high=_("An extra premium of more than {most} is a decline. Please check it."),
)

explain(
    sum_at_risk_above_limit=_("The sum at risk of {amount} is above the limit of {limit}."),
    occupation_changed=_("The occupation class changed from {before} to {after}."),
    age_above_limit=_("The insured is {age}, above {limit}."),
    health_disclosed=_("The health statement is to be read by an underwriter."),
    product_asks=_("The product has this change decided by an underwriter."),
)
