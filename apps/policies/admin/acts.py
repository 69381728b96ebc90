"""What may be done on a policy's page: holds; and opening a policy for a purpose."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Act, Done, ReasonForm, StaffRequest, act
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.parties.admin.opening import Open, OpenForm
from apps.policies import selectors, services
from apps.policies.models import Hold, Policy
from apps.policies.states import HoldKind, PolicyStatus

ENDED = (PolicyStatus.TERMINATED, PolicyStatus.VOID)
READ = "policy_read.R"


class HoldForm(ReasonForm):
    kind = forms.ChoiceField(label=_("Kind of hold"), choices=[("", _("Please choose")), *HoldKind.choices])
    field_order = ("kind", "reason")


@act("policies.policy")
class PlaceHold(Act):
    name, label, permission = "place_hold", _("Place a hold"), "hold_place.E"
    form = HoldForm
    intro = _("A hold blocks changes, payment or lapse until it is released.")
    field_of = {"hold_already_placed": "kind", "reason_required": "reason"}

    def why_not(self, ctx: Context, obj: Policy) -> Refusal | None:
        ended = obj.status in ENDED
        return Refusal("illegal_transition", {"state": obj.get_status_display()}) if ended else None

    def run(self, ctx: Context, obj: Policy, data: dict[str, Any]) -> Done:
        services.place_hold(ctx, policy_id=obj.pk, kind=HoldKind(data["kind"]), reason=data["reason"])
        return Done(_now("The hold was placed."))


@act("policies.policy")
class ReleaseHold(Act):
    name, label, permission = "release_hold", _("Release a hold"), "hold_release.E"
    form = HoldForm
    intro = _("The night acts on the policy again from the next close of business on.")
    field_of = {"hold_not_found": "kind", "reason_required": "reason"}

    def why_not(self, ctx: Context, obj: Policy) -> Refusal | None:
        held = Hold.objects.filter(policy=obj, released_on=None).exists()
        return None if held else Refusal("no_open_hold")

    def run(self, ctx: Context, obj: Policy, data: dict[str, Any]) -> Done:
        services.release_hold(ctx, policy_id=obj.pk, kind=HoldKind(data["kind"]), reason=data["reason"])
        return Done(_now("The hold was released."))


class OpenPolicyForm(OpenForm):
    number = forms.CharField(label=_("Policy number"), max_length=32)


@act("policies.policy", on_list=True)
class OpenPolicy(Open):
    label, permission = _("Open a policy for a purpose"), READ
    form = OpenPolicyForm
    intro = _("You see policies only while you work on their case. Say which, and what for.")

    def find(self, request: StaffRequest, ctx: Context, data: dict[str, Any]) -> Policy | None:
        return selectors.within_reach(request.user).filter(number=data["number"].strip()).first()
