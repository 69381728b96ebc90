"""The sentences of this app's refusals."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    endorsement_item_unknown=_("There is no endorsement item {item}."),
    endorsement_without_item=_("Choose at least one item."),
    endorsement_person_required=_("A person must stand behind this act."),
    endorsement_stale=_("Somebody changed this case after you opened it. Look at it again before you go on."),
    status_not_allowed=_("The policy's status does not allow this item."),
    product_not_allowed=_("The product does not allow this item."),
    outside_window=_("This item is not possible at this time: the product has a window for it."),
    debit_in_flight=_("A payment is on its way and must be matched first."),
    arrears_open=_("Premium that fell due is unpaid; it must be paid first."),
    held=_("The policy is held ({hold})."),
    conflicting_case=_("Case {number} is under way and changes the same; finish or withdraw it first."),
    not_in_same_batch=_("These items may not stand in one case."),
    item_twice=_("An item stands in the case twice."),
    consent_missing=_("The signature of the {signer} is missing."),
    minor_without_guardian=_("The insured is a minor: his guardian must sign."),
    id_expired=_("The identity document of the {signer} expired on {valid_to}."),
    papers_missing=_("These papers are missing: {papers}."),
    paper_not_on_list=_("This paper is not on the list of the case."),
    extra_premium_unpaid=_("The extra premium for this change is not paid, or its payment came back."),
    account_missing=_("Name the policyholder's own bank account for the money paid out."),
    account_not_holders=_("The bank account is not the policyholder's own."),
    quote_missing=_("There is no valid quote: look at a new one."),
    quote_changed=_("The result has changed since it was shown: look at the new one and decide again."),
    quote_expired=_("The quote has expired: look at a new one."),
    second_person_needed=_("This case needs the approval of a second person."),
    underwriting_open=_("Underwriting has not answered yet."),
    item_not_in_effect=_("This item is not in effect on this policy."),
    item_undone_already=_("This item was undone already."),
    reversal_not_reversible=_("A reversal is not undone: enter the change again."),
    later_item_conflicts=_("A later change cannot stand without this one; a person must decide what becomes of it."),
    not_yet_effective=_("It has not taken effect yet: withdraw the case instead."),
)

explain(
    beneficiary_after_event=_("After the insured event the beneficiaries cannot be changed."),
    beneficiary_of_employer=_("An employer may name only the insured or his near relatives (order {order})."),
    account_unchanged=_("Premiums are debited from this account already."),
    contact_of_a_stranger=_("This person is neither the policyholder nor insured by the policy."),
    frequency_unchanged=_("This is the present payment frequency."),
    frequency_not_offered=_("Product {product} does not offer this payment frequency."),
    no_premium_to_come=_("No regular premium is to come."),
    premium_below_least=_("The premium would be {premium}; the least is {least}."),
    increase_from_another=_("The sum assured is {now} now, not what this increase began from: enter it again."),
    increase_not_higher=_("The sum assured is {now} now; the new one must be higher."),
    increase_too_old=_("The insured is {age}; the sum assured may be raised up to age {oldest}."),
    increase_too_much=_("The sum assured may be raised by {most} at most."),
    sum_assured_above_highest=_("The highest sum assured is {highest}."),
    sum_assured_below_lowest=_("The lowest sum assured is {lowest}."),
    sum_assured_not_in_units=_("The sum assured goes in steps of {unit}."),
    decrease_not_lower=_("The sum assured is {now} now; the new one must be lower."),
    surrender_loss_not_shown=_("The policyholder must have seen the loss before he surrenders."),
    correction_not_insured=_("This person is not insured by the policy."),
    correction_changes_nothing=_("These are the data on file already."),
    born_after_start=_("The insured cannot be born after the contract began ({start})."),
    true_age_outside_limits=_(
        "The true age was {age}, outside the product's {lowest} to {highest}: the contract can only be rescinded."
    ),
    referral_sum_assured_raised=_("The sum assured rises from {before} to {after}."),
)
