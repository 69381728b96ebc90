"""Under which id WeCom knows an account 企业微信成员."""

import re

from django.db import transaction

from apps.audit import services as audit
from apps.core.context import Context
from apps.core.errors import Conflict, Refusal, refuse
from apps.notifications import events
from apps.notifications.models import Member

WECOM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@transaction.atomic
def set_member(ctx: Context, *, user_id: int, wecom_id: str) -> None:
    """Set the account's WeCom user id; an empty one ends it. Refuses one that is malformed or somebody else's."""
    wecom_id = wecom_id.strip()
    if wecom_id and not WECOM_ID.fullmatch(wecom_id):
        raise refuse("wecom_id_malformed")
    if Member.objects.filter(wecom_id__iexact=wecom_id).exclude(user=user_id).exists():
        raise Conflict(Refusal("wecom_id_taken"))
    if wecom_id:
        Member.objects.update_or_create(user_id=user_id, defaults={"wecom_id": wecom_id})
    else:
        Member.objects.filter(user=user_id).delete()
    audit.record(ctx, events.MEMBER_SET, user_id)
