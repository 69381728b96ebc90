"""An act 操作: a button on a page that calls one service, with its form, its refusals and its idempotency key."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from apps.core.context import Context
from apps.core.errors import BusinessError, NotPermitted, Refusal
from apps.core.idempotency import once
from apps.core.statemachine import sources

from .pages import Text
from .show import page_of
from .site import StaffRequest

if TYPE_CHECKING:
    from .base import StaffAdmin


MOST_SHOWN = 50
STALE = "stale_version"
OF_THE_FORM = frozenset({"key", "seen"})
SHOWN_AT_THE_FORM = frozenset({"same_person"})


class DayInput(forms.DateInput):
    """The browser's own calendar, which reads and writes ISO dates whatever the language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ActForm(forms.Form):
    """The form of an act. ``key`` makes a double click one submit (P67); ``seen`` is the object's version (P13)."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ReasonForm(ActForm):
    """For acts that must say why."""

    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))


@dataclass(frozen=True)
class Done:
    """What an act answers: a sentence for the person, and where to go on."""

    message: str
    url: str = ""


class Act:
    """Subclass, state the facts, say ``run``; register with ``@act("billing.receipt")``."""

    name: ClassVar[str]
    label: ClassVar[Text]
    permission: ClassVar[str]
    form: ClassVar[type[ActForm]] = ActForm
    intro: ClassVar[Text] = ""
    template: ClassVar[str] = "staff/act.html"
    field_of: ClassVar[Mapping[str, str]] = {}
    main: ClassVar[bool] = False
    on_page: ClassVar[bool] = True
    keyed: ClassVar[bool] = True
    bulk: ClassVar[bool] = False

    def offered(self, request: StaffRequest) -> bool:
        """Whether the button stands on the page at all for this person, who holds the permission."""
        return self.on_page

    def over(self, obj: Any) -> bool:
        """Whether it can never happen to this object again: then there is no button at all."""
        return False

    def why_not(self, ctx: Context, obj: Any) -> Refusal | None:
        """Why the button is grey, or None when it may be pressed. The service decides again."""
        return None

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, Any]:
        return {}

    def prepare(self, form: ActForm, obj: Any) -> None:
        """Fit the form to the object: choices that only it has."""

    def say(self, refusal: Refusal) -> str:
        """The refusal's sentence; acts on files add where it stands."""
        return str(refusal)

    def facts(self, obj: Any) -> list:
        """What the person should see once more before confirming."""
        return []

    def run(self, ctx: Context, obj: Any, data: dict[str, Any]) -> Done:
        """Call the service."""
        raise NotImplementedError

    def answer(self, request: StaffRequest, ctx: Context, obj: Any, data: dict[str, Any]) -> Done:
        """Like ``run``, for the few acts whose service asks who is looking."""
        return self.run(ctx, obj, data)

    def perform(self, page: "StaffAdmin", request: StaffRequest, obj: Any, form: ActForm) -> HttpResponse:
        """Run once for this key, say what happened, and go where the answer says."""
        ctx = page.site.context_of(request)
        data = {name: value for name, value in form.cleaned_data.items() if name not in OF_THE_FORM}
        seen = form.cleaned_data["seen"]
        asked = {"act": self.name, "on": [page.label, obj.pk if obj else None], "data": _plain(data)}

        def act() -> dict[str, Any]:
            if obj is not None and seen is not None:
                page.site.demand_unchanged(page.label, obj.pk, seen)
            return asdict(self.answer(request, ctx, obj, data))

        answer = once(ctx.actor, str(form.cleaned_data["key"]), asked, act) if self.keyed else act()
        messages.success(request, answer["message"])
        return HttpResponseRedirect(answer["url"] or (page_of(page.model, obj.pk) if obj else page.list_url))

    def view(self, page: "StaffAdmin", request: StaffRequest, pk: int | None = None) -> HttpResponse:
        """The form's page: GET shows it, POST does it or says why not, keeping what was typed."""
        obj = page.object_of(request, pk, self.permission) if pk is not None else None
        if request.method != "POST":
            seen = {"seen": page.site.version_of(page.label, obj.pk)} if obj else {}
            form = self.form(initial=self.initial(request, obj) | seen)
            self.prepare(form, obj)
            return self.render(page, request, obj, form)
        form = self.form(request.POST, request.FILES)
        self.prepare(form, obj)
        if not form.is_valid():
            return self.render(page, request, obj, form, status=422)
        try:
            return self.perform(page, request, obj, form)
        except BusinessError as error:
            if isinstance(error, NotPermitted) and error.code not in SHOWN_AT_THE_FORM:
                raise
            if obj is not None and error.code == STALE:
                return self.again(page, request, obj, error)
            for refusal in error.refusals[:MOST_SHOWN]:
                form.add_error(self.field_of.get(refusal.code), self.say(refusal))
            return self.render(page, request, obj, form, status=error.status)

    def again(self, page: "StaffAdmin", request: StaffRequest, obj: Any, error: BusinessError) -> HttpResponse:
        """The form as it was filled in, beside what somebody else changed meanwhile; pressed again, it counts (P13)."""
        typed = request.POST.copy()
        seen = int(typed.get("seen") or 0)
        typed["seen"] = str(page.site.version_of(page.label, obj.pk))
        form = self.form(typed, request.FILES)
        self.prepare(form, obj)
        form.add_error(None, str(error.refusals[0]))
        changes = page.site.changes_since(page.label, obj.pk, seen)
        return self.render(page, request, obj, form, status=error.status, changes=changes)

    def render(
        self, page: "StaffAdmin", request: StaffRequest, obj: Any, form: ActForm, *, status: int = 200, **more: Any
    ) -> HttpResponse:
        refusal = self.why_not(page.site.context_of(request), obj) if request.method != "POST" else None
        return TemplateResponse(
            request,
            self.template,
            {
                **page.frame(request, obj),
                "title": self.label,
                "act": self,
                "form": form,
                "facts": self.facts(obj),
                "refusal": refusal,
                "back": page_of(page.model, obj.pk) if obj else page.list_url,
                "multipart": form.is_multipart(),
                **more,
            },
            status=status,
        )


def no_edge(obj: Any, target: str) -> Refusal | None:
    """The refusal when no edge of the state machine leads from where the object stands to ``target``."""
    if obj.status in sources(type(obj), target):
        return None
    return Refusal("illegal_transition", {"state": obj.get_status_display()})


def _plain(data: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value.name if isinstance(value, UploadedFile) else value) for name, value in data.items()}


_object_acts: dict[str, list[Act]] = defaultdict(list)
_list_acts: dict[str, list[Act]] = defaultdict(list)


def act(page: str, *, on_list: bool = False) -> Callable[[type[Act]], type[Act]]:
    """Decorator: put the act on the page of a model, or on its list."""

    def register(kind: type[Act]) -> type[Act]:
        (_list_acts if on_list else _object_acts)[page].append(kind())
        return kind

    return register


def object_acts(page: str) -> list[Act]:
    return _object_acts[page]


def list_acts(page: str) -> list[Act]:
    return _list_acts[page]
