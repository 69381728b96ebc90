"""The sentences of this app's refusals, and of money that waits."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    person_required=_("Receipts are entered and confirmed by people, not by jobs."),
    channel_unknown=_("{channel} is not a way of payment we know."),
    transaction_number_missing=_("The bank's transaction number is missing."),
    amount_not_positive=_("The amount must be above zero."),
    amount_finer_than_fen=_("The amount {amount} has more than two decimal places."),
    value_date_in_future=_("The day of payment {value_on} lies after today, {today}."),
    value_date_too_old=_("The day of payment {value_on} lies more than a year back. Please check it."),
    currency_differs=_("The money is in {currency}, the policy in {policy_currency}."),
    receipt_known=_("Transaction {ref} is entered already: receipt {number} of {on}."),
    request_waiting=_("A correction of receipt {number} waits for a second person already."),
    receipt_has_policy=_("Receipt {number} belongs to a policy already."),
)

explain(
    money_waits_next_bill=_("Nothing is due: {left} waits in suspense and pays the next bill."),
    money_waits_too_little=_("{left} waits in suspense: the oldest instalment is {owed} and is only paid in whole."),
    money_waits_for_change=_("{left} waits in suspense: a change asks for {owed} and is only paid in whole."),
    money_waits_paid_late=_("{left} waits in suspense: it was paid after grace ended on {grace_ends_on}."),
    money_waits_premium_barred=_(
        "{left} waits in suspense: no premium is taken while a non-disclosure is looked into."
    ),
    money_waits_policy_suspended=_("{left} waits in suspense: the policy is suspended and needs to be reinstated."),
    money_waits_policy_ended=_("{left} waits in suspense: the policy has ended and the money is to be paid back."),
)

explain(
    payout_person_required=_("Payouts are asked for and approved by people, not by jobs."),
    payout_more_than_left=_("Only {left} is in suspense on this policy."),
    payout_account_of_another=_("Money is paid back to an account of the policyholder only."),
    payout_once_a_day=_("Payout {number} of this policy was asked for today. One a day is the limit."),
    payout_barred=_("Nothing is paid out while this hold is open: {hold}."),
    payout_account_not_payees=_("The bank account does not belong to the payee."),
    payout_already_sent=_("Payout {number} is with the bank already. It cannot be taken back."),
    receipt_in_payout=_("The money of this receipt is in payout {number}. Cancel that first."),
)

explain(
    adjustment_policy_ended=_("The policy has ended: no extra premium is asked for."),
    adjustment_more_than_paid=_("Extra premium {number} was paid with {paid}; it cannot cost more."),
)

explain(
    bank_file_broken=_("The file was not posted: {faults} entries are wrong."),
    bank_file_known=_("This file was read already on {on}, as {name}."),
    bank_file_not_text=_("The file is neither UTF-8 nor GB18030 text."),
    bank_file_not_csv=_("The file cannot be read as CSV: {problem}."),
    bank_file_empty=_("The file has no payments."),
    bank_column_missing=_("The column is missing."),
    bank_column_unknown=_("There is no column of this name."),
    bank_column_repeated=_("The column stands here twice."),
    bank_line_length=_("The line has {found} cells instead of {expected}."),
    bank_line_differs=_("This transaction is known with another amount: receipt {number}."),
    bank_policy_differs=_("This payment is entered for another policy: confirm or reject receipt {number} first."),
    bank_ref_repeated=_("Transaction {value} stands in row {first} already."),
    bank_text_too_long=_("The text is longer than {longest} characters."),
    bank_date_unreadable=_("{value} is not a date. Write it like 2026-01-31."),
    bank_amount_unreadable=_("{value} is not an amount. Write it like 1234.50, without separators."),
    bank_currency_unknown=_("{value} is not a currency we keep books in."),
)
