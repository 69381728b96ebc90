"""The sentences of this app's refusals."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    policy_not_found=_("There is no policy {number}."),
    policy_number_taken=_("Policy number {number} is in use already."),
    hold_already_placed=_("The policy has a hold of this kind already: {kind}."),
    no_open_hold=_("The policy has no open hold."),
    hold_not_found=_("The policy has no open hold of this kind: {kind}."),
)

explain(
    terms_without_life=_("At least one insured person is needed."),
    terms_without_coverage=_("At least one coverage is needed."),
    terms_frequency_unknown=_("{frequency} is not a payment frequency."),
    terms_currency_unknown=_("{currency} is not a currency we keep books in."),
    terms_life_repeated=_("The same person is insured twice."),
    terms_coverage_repeated=_("Coverage {coverage} stands here twice."),
    coverage_sum_assured_not_positive=_("The sum assured of coverage {coverage} must be above zero."),
    coverage_premium_not_an_amount=_("The premium of coverage {coverage} must be whole fen and not negative."),
    coverage_ends_before_it_begins=_("Coverage {coverage} would end before it begins."),
    coverage_premium_outlasts_cover=_("The premiums of coverage {coverage} would last longer than its cover."),
    beneficiary_share_not_positive=_("A beneficiary's share must be above zero."),
    beneficiary_repeated=_("The same person stands twice in benefit order {order}."),
    beneficiary_shares_not_whole=_("The shares of benefit order {order} add up to {share} instead of 1."),
)

explain(
    rider_without_main=_("Coverage {coverage} is a rider; a policy begins with a main cover."),
    rider_not_attachable=_("Rider {coverage} does not attach to {main}."),
    rider_begins_before_main=_("Rider {coverage} would begin before the main cover."),
    rider_outlasts_main=_("Rider {coverage} would last longer than the main cover."),
    rider_premium_term_differs=_("The premiums of rider {coverage} would not end with those of the main cover."),
    rider_ends_before_main=_(
        "Health rider {coverage}, without guaranteed renewal, must last as long as the main cover."
    ),
    waiver_sum_assured_differs=_("Waiver {coverage} must be for {expected}, the premiums it waives in a year."),
)
