"""Operations with an effect: make something, or act on it. One service each; the kernel sees to the rest."""

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.context import Context
from apps.core.errors import BusinessError

from . import problems
from .catalogue import CODES
from .operations import OPERATIONS, ROOT, Answer, Call, Effect, OfRows, bar, etag
from .problems import Problem
from .shapes import Found, Row, Want


class Create(OfRows):
    """POST on a collection: 201 with the new object, its address and its ETag."""

    effect = Effect.ORDINARY
    status = 201
    shows_actions = True
    home: ClassVar[str] = ""
    """Where its objects are found, if not at the address where they are made."""

    def make(self, call: Call) -> Model:
        """Call the service that makes the object of ``call.data``."""
        raise NotImplementedError

    def perform(self, call: Call) -> Answer:
        return shown(self, call, self.make(call).pk)


class Act(OfRows):
    """POST on an object's verb. ``why_not`` is the service's own guard, so that ``available_actions`` says the same."""

    effect = Effect.ORDINARY
    shows_actions = True

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def reached(self, call: Call) -> QuerySet:
        """The rows on which the permission lets this caller act: those in sight, where an act reaches no less far."""
        return self.rows(call)

    def lock(self, call: Call, pk: int) -> Any:
        """The object, locked in the order of its app: what is decided on stays as it is until the end."""
        raise NotImplementedError

    def why_not(self, ctx: Context, obj: Any) -> BusinessError | None:
        """What the service would refuse now, whatever the input: the function it asks itself."""
        return None

    def reaches(self, call: Call, pk: int) -> bool:
        """Whether this very row is among those."""
        return self.reached(call).filter(pk=pk).exists()

    def verdict(self, call: Call, obj: Any) -> BusinessError | None:
        """``why_not``, where it takes more than the context: who calls, or what the acts share."""
        return self.why_not(call.ctx, obj)

    def act(self, call: Call, obj: Any) -> Any:
        """Call the service."""
        raise NotImplementedError

    def perform(self, call: Call) -> Answer:
        pk = self.named(call).values_list("pk", flat=True).first()
        if pk is None:
            raise self.missing(call)
        if not self.reaches(call, pk):
            call.gate.denied(call, self.permission, self.model._meta.label_lower, pk)
            raise Problem("permission_denied")
        obj = self.lock(call, pk)
        if self.precondition:
            require_match(self, call, pk)
        return self.answer(call, pk, self.act(call, obj))

    def answer(self, call: Call, pk: int, made: Any) -> Answer:
        """The object as it now is; where the act made another (``made``), that one."""
        return shown(self, call, pk)


def shown(operation: OfRows, call: Call, pk: int) -> Answer:
    """The object as it now is, with its ETag; a new one with its address."""
    found = _read(operation, pk)
    headers = {"ETag": etag(operation.shape, found.version)}
    if operation.status == 201:
        headers["Location"] = f"{ROOT}/{getattr(operation, 'home', '') or operation.path}/{found.row['id']}"
    return Answer(with_actions(operation, call, found), operation.status, headers)


def require_match(operation: OfRows, call: Call, pk: int) -> None:
    """Refuse unless ``If-Match`` names the object as it is: who decides has seen what he decides on (P12, P13)."""
    sent = call.request.headers.get("If-Match")
    if sent is None:
        raise Problem("precondition_required")
    if sent.strip() == "*":
        raise Problem("invalid_parameter", _("If-Match needs the ETag you have read."))
    found = _read(operation, pk)
    current = etag(operation.shape, found.version)
    if current not in (tag.strip() for tag in sent.split(",")):
        raise Problem("precondition_failed", headers={"ETag": current}, more={"current": found.row})


def with_actions(operation: OfRows, call: Call, found: Found) -> Row:
    """The row, and where the API has acts on such objects, which of them this caller may do now."""
    acts = acts_on(operation.model)
    if not acts:
        return found.row
    obj = operation.model._default_manager.get(pk=found.pk)
    return found.row | {"available_actions": [_offer(act, call, obj) for act in acts]}


def acts_on(model: type[Model]) -> list[Act]:
    return [each for each in OPERATIONS if isinstance(each, Act) and each.model is model]


def _offer(act: Act, call: Call, obj: Any) -> Row:
    code = bar(call, act)
    if not code and not act.reaches(call, obj.pk):
        code = "permission_denied"
    if code:
        return _refused(act, code, CODES[code].title)
    if error := act.verdict(call, obj):
        return _refused(act, problems.of(error, {}).code, error.refusals[0])
    return {"action": act.name, "allowed": True}


def _refused(act: Act, code: str, message: Any) -> Row:
    return {"action": act.name, "allowed": False, "why_not": {"code": code, "message": str(message)}}


def _read(operation: OfRows, pk: int) -> Found:
    (found,) = operation.shape.read(operation.model._default_manager.filter(pk=pk), Want())
    return found
