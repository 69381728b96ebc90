"""The WeCom user id of an account, set on its page."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.admin import Act, ActForm, Done, StaffRequest, act
from apps.core.context import Context
from apps.notifications import selectors, services


class MemberForm(ActForm):
    wecom_id = forms.CharField(label=_("WeCom user id"), max_length=64, required=False)


@act("accounts.user")
class SetMember(Act):
    name, label, permission = "wecom", _("Set the WeCom user id"), "users_manage.E"
    form = MemberForm
    intro = _("By it messages to this account go to WeCom as well. Empty: they do not.")
    field_of = {"wecom_id_malformed": "wecom_id", "wecom_id_taken": "wecom_id"}

    def initial(self, request: StaffRequest, obj: User) -> dict[str, Any]:
        return {"wecom_id": selectors.wecom_id_of(obj.pk)}

    def run(self, ctx: Context, obj: User, data: dict[str, Any]) -> Done:
        services.set_member(ctx, user_id=obj.pk, wecom_id=data["wecom_id"])
        return Done(_now("The WeCom user id is set."))
