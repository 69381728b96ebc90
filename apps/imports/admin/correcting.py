"""Correcting wrong cells in place (screen S21.2): a page of them at a time, each with its hint and room for a value."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import ActForm, StaffAdmin, StaffRequest, act, page_of
from apps.core.context import Context
from apps.core.errors import BusinessError, Refusal
from apps.core.idempotency import once
from apps.imports import selectors, services
from apps.imports.models import CellFault, Upload
from apps.imports.selectors import Group, WrongCell
from apps.imports.states import ENDED

from .acts import OfUpload

PER_PAGE = 50


@dataclass
class WrongCells:
    """One page of the wrong cells of an upload, as the query string narrows them."""

    upload: Upload
    query: QueryDict

    @cached_property
    def groups(self) -> list[Group]:
        return selectors.fault_groups(self.upload)

    @cached_property
    def chosen(self) -> Group | None:
        """The group asked for; all cells if there is none like it."""
        asked = self.query.get("column"), self.query.get("code")
        return next((group for group in self.groups if (group.column, group.code) == asked), None)

    @cached_property
    def count(self) -> int:
        return self.chosen.cells if self.chosen else sum(group.cells for group in self.groups)

    @cached_property
    def pages(self) -> int:
        return -(-self.count // PER_PAGE) or 1

    @cached_property
    def number(self) -> int:
        asked = self.query.get("page", "")
        return min(max(int(asked), 1), self.pages) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1

    @cached_property
    def faults(self) -> list[CellFault]:
        start = (self.number - 1) * PER_PAGE
        return list(selectors.faults_of(self.upload, self.chosen)[start : start + PER_PAGE])

    @cached_property
    def cells(self) -> list[tuple[str, WrongCell]]:
        """Each cell, and those beside it, with the name of its input."""
        found = []
        for fault, cell in zip(self.faults, selectors.wrong_cells(self.upload, self.faults), strict=True):
            found.append((f"cell-{fault.pk}", cell))
            found += [(f"cell-{fault.pk}-{i}", other) for i, other in enumerate(cell.beside)]
        return found

    @property
    def previous(self) -> str:
        return self._address(self.number - 1) if self.number > 1 else ""

    @property
    def next(self) -> str:
        return self._address(self.number + 1) if self.number < self.pages else ""

    def _address(self, number: int) -> str:
        narrowed = {"column": self.chosen.column, "code": self.chosen.code} if self.chosen else {}
        return f"?{urlencode({**narrowed, 'page': str(number)})}"


@act("imports.upload")
class Correct(OfUpload):
    name, label, permission = "correct", _("Correct in place"), "data_import.C"
    template = "staff/imports/correct.html"
    intro = _(
        "Write the right value over the wrong one. A customer's data is masked: its field is empty until you fill it."
    )

    def why_not(self, ctx: Context, obj: Upload) -> Refusal | None:
        busy = super().why_not(ctx, obj)
        return busy or (None if obj.wrong_cells else Refusal("import_nothing_wrong"))

    def view(self, page: StaffAdmin, request: StaffRequest, pk: int | None = None) -> HttpResponse:
        assert pk is not None
        upload = page.object_of(request, pk)
        assert isinstance(upload, Upload)
        cells, form = WrongCells(upload, request.GET), ActForm(request.POST or None)
        if request.method != "POST":
            return self._show(page, request, upload, cells, ActForm())
        if not form.is_valid():
            return self._show(page, request, upload, cells, form, status=422)
        try:
            return self._save(page, request, upload, cells, form)
        except BusinessError as error:
            for refusal in error.refusals:
                form.add_error(None, str(refusal))
            return self._show(page, request, upload, cells, form, status=error.status)

    def _save(
        self, page: StaffAdmin, request: StaffRequest, upload: Upload, cells: WrongCells, form: ActForm
    ) -> HttpResponse:
        ctx = page.site.context_of(request)
        written = {
            (cell.fault.row, cell.fault.column): text
            for name, cell in cells.cells
            if cell.correctable and (text := _written(request, name, cell)) is not None
        }
        check = "check" in request.POST

        def act() -> dict[str, Any]:
            if written:
                services.correct(ctx, upload.pk, cells=written)
            if check:
                services.check(ctx, upload.pk)
            return {"cells": len(written)}

        asked = {
            "act": self.name,
            "on": upload.pk,
            "check": check,
            "cells": sorted([*cell, text] for cell, text in written.items()),
        }
        done = once(ctx.actor, str(form.cleaned_data["key"]), asked, act)
        messages.success(request, _now("{n} cells were corrected.").format(n=done["cells"]))
        return HttpResponseRedirect(page_of(Upload, upload.pk) if check else request.get_full_path())

    def _show(
        self,
        page: StaffAdmin,
        request: StaffRequest,
        upload: Upload,
        cells: WrongCells,
        form: ActForm,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            **page.frame(request, upload),
            "title": self.label,
            "act": self,
            "form": form,
            "cells": cells,
            "typed": request.POST,
            "over": upload.status in ENDED,
            "refusal": self.why_not(page.site.context_of(request), upload) if request.method != "POST" else None,
            "back": page_of(Upload, upload.pk),
        }
        return TemplateResponse(request, self.template, context, status=status)


def _written(request: StaffRequest, name: str, cell: WrongCell) -> str | None:
    """The new value of a cell; None where nothing was changed. A masked cell is emptied by its own box."""
    text = request.POST.get(name, "").strip()
    if cell.masked:
        return "" if request.POST.get(f"{name}-empty") else text or None
    return text if name in request.POST and text != cell.said else None
