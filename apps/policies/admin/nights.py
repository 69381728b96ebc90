"""What a close of business did, policy by policy (screen S18.1): as far as the reader's right to policies goes."""

from collections.abc import Collection, Sequence
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.audit.effects import events_of
from apps.audit.timeline import outline, sentence
from apps.core.admin import Column, Link, Note, StaffRequest, Table, naming, tab
from apps.core.admin.pages import Section
from apps.operations.admin.effects import policy_link
from apps.operations.admin.progress import step_label
from apps.operations.close import request_id
from apps.operations.models import Run
from apps.policies import selectors

PAGE = "policies.policy"
SHOWN = 200


@naming(PAGE)
def numbers(user: Any, ids: Collection[int]) -> dict[int, str]:
    if not user.has_perm("policy_read.R"):
        return {}
    return dict(selectors.visible_to(user).filter(pk__in=ids).values_list("pk", "number"))


@tab("operations.run", _("Policies concerned"), order=20, permission="policy_read.R")
def concerned(request: StaffRequest, run: Run) -> Sequence[Section]:
    """The events of one step, or of the whole night; of one kind, or of all. Pages go on behind the last event."""
    step = run.steps.filter(step=request.GET.get("step", "")).first()
    first = step or run.steps.order_by("position").first()
    if first is None:
        return [Note(_("Nothing has happened yet."))]
    name, after = request.GET.get("name", ""), request.GET.get("after", "")
    begun = max(first.first_event_id, int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0)
    events = events_of(request_id(run.day), begun, step.last_event_id if step else None)
    mine = events.filter(policy_id__in=selectors.visible_to(request.user).values("pk"))
    rows = list((mine.filter(name=name) if name else mine)[: SHOWN + 1])
    shown = rows[:SHOWN]
    known = numbers(request.user, {event.policy_id for event in shown if event.policy_id})
    columns = (
        Column(_("Policy"), lambda event: policy_link(event.policy_id, known)),
        Column(_("What happened"), sentence),
        Column(_("Recorded at"), "recorded_at"),
    )
    title = " · ".join(part for part in (step_label(step.step) if step else "", outline(name) if name else "") if part)
    older = shown[-1].pk if len(rows) > SHOWN else 0
    return [Table(columns, shown, title, _("No policy of your area is concerned.")), *_older(request, older)]


def _older(request: StaffRequest, after: int) -> list[Section]:
    if not after:
        return []
    query = request.GET.copy()
    query["after"] = str(after)
    return [Link(_now("Show more"), f"?{query.urlencode()}")]
