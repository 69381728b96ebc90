"""What can happen to a policy, as its history tells it."""

from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

from .states import HoldKind, TerminationCode

POLICY = "policies.policy"

ISSUED = declare("policy.issued", POLICY, _("The policy was issued, in effect from {effective_on}."), "state")
IMPORTED = declare("policy.imported", POLICY, _("The policy was taken over as of {cutover_on}."), "state")
TOOK_EFFECT = declare("policy.took_effect", POLICY, _("The policy took effect."), "state")
GRACE_STARTED = declare("policy.grace_started", POLICY, _("The grace period began."), "state")
PAYMENT_RESUMED = declare(
    "policy.payment_resumed", POLICY, _("The premium is paid; the grace period is over."), "state"
)
SUSPENDED = declare("policy.suspended", POLICY, _("Cover is suspended from {suspended_on}."), "state")
SUSPENSION_UNDONE = declare(
    "policy.suspension_undone", POLICY, _("The suspension was undone; cover never ceased."), "state"
)
TERMINATED = declare(
    "policy.terminated", POLICY, _("The policy ended on {terminated_on}: {code}."), "state", {"code": TerminationCode}
)
TERMINATION_UNDONE = declare(
    "policy.termination_undone", POLICY, _("The end of the policy was undone; it stands as before."), "state"
)
VOIDED = declare("policy.voided", POLICY, _("The policy was voided."), "state")
PAID_UP = declare("policy.paid_up", POLICY, _("All premiums are paid."), "state")
PREMIUM_REOPENED = declare("policy.premium_reopened", POLICY, _("Premium is owed again: a payment bounced."), "state")
HOLD_PLACED = declare("policy.hold_placed", POLICY, _("A hold was placed: {kind}."), "state", {"kind": HoldKind})
HOLD_RELEASED = declare("policy.hold_released", POLICY, _("A hold was released: {kind}."), "state", {"kind": HoldKind})
