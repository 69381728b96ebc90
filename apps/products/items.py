"""What people call the permitted changes of a product 保全项目, their limits and their documents."""

from django.utils.translation import gettext_lazy as _

ITEMS = {
    "APL_ELECTION_CHANGE": _("Automatic premium loan election"),
    "APL_SETTLEMENT": _("Settlement of automatic premium loan"),
    "AUTOMATIC_PREMIUM_LOAN": _("Automatic premium loan by the system"),
    "AUTO_RENEWAL_OPTION_CHANGE": _("Automatic renewal on or off"),
    "BENEFICIARY_CHANGE": _("Death beneficiary change"),
    "CONTACT_CHANGE": _("Contact and address change"),
    "CONTRACT_DIVISION": _("Division of the policy on divorce or inheritance"),
    "COOLING_OFF_SURRENDER": _("Cooling-off surrender"),
    "CUSTOMER_DATA_CHANGE": _("Customer master data change"),
    "ENDORSEMENT_REVERSAL": _("Reversal of an effective endorsement"),
    "ENDORSEMENT_WITHDRAWAL": _("Withdrawal of a pending endorsement"),
    "ID_DOCUMENT_RENEWAL": _("ID document validity update"),
    "KEY_DATA_CORRECTION": _("Correction of birth date or sex with re-rating"),
    "LOAN_REPAYMENT": _("Loan repayment or roll-over"),
    "LOSS_REPORT": _("Loss report"),
    "LOSS_REPORT_LIFT": _("Lifting of a loss report"),
    "OCCUPATION_CHANGE": _("Occupation or occupation class change"),
    "PARTIAL_SURRENDER": _("Partial surrender"),
    "PAYMENT_ACCOUNT_CHANGE": _("Auto-debit account change"),
    "PAYMENT_METHOD_CHANGE": _("Payment method change"),
    "POLICYHOLDER_CHANGE": _("Policyholder change, holder alive"),
    "POLICY_LOAN": _("Policy loan"),
    "POLICY_REISSUE": _("Policy document reissue"),
    "POLICY_TRANSFER": _("Policy transfer between branches"),
    "PREMIUM_FREQUENCY_CHANGE": _("Premium frequency change"),
    "REDUCED_PAID_UP": _("Reduced paid-up"),
    "REINSTATEMENT": _("Reinstatement"),
    "RENEWAL_CONFIRMATION": _("Renewal confirmation"),
    "RENEWAL_PREMIUM_PAYMENT": _("Renewal premium payment, including in grace"),
    "SUM_ASSURED_DECREASE": _("Decrease of sum assured / partial surrender of the main coverage"),
    "SUM_ASSURED_INCREASE": _("Increase of sum assured"),
    "SURRENDER": _("Surrender"),
    "SUSPENSION": _("Suspension by the system"),
}
"""Each code a product may permit, as the catalogue of changes has it."""
LIMITS = {
    "max_age": _("oldest age"),
    "max_increase": _("highest increase"),
    "min_sum_assured_after": _("least sum assured left"),
}
DOCUMENTS = {
    "application_form": _("application form"),
    "applicant_id": _("identity document of the applicant"),
    "health_declaration": _("health declaration"),
}
