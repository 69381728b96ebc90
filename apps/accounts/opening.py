"""Opening a file for a purpose 按用途调阅: how an assistant comes to see the one case at hand (decision 25)."""

from django.db.models import Model

from apps.audit import services as audit
from apps.audit.states import AccessKind
from apps.core.context import Context


def open_for(ctx: Context, permission: str, obj: Model, purpose: str) -> None:
    """Remember that this person opened this object, and why: for some days it is in their scope.

    The caller has found the object within the person's reach. Refuses without a purpose.
    """
    audit.note_access(
        ctx, AccessKind.OPENED, permission, object_type=obj._meta.label_lower, object_id=obj.pk, purpose=purpose
    )
