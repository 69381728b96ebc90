"""Files people take home from the wizard: as attachments; a customer's data only for a stated purpose (P36, P64)."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from apps.audit import services as audit
from apps.audit.states import AccessKind
from apps.core.admin import Act, ActForm, Fact, StaffAdmin, StaffRequest, act
from apps.core.admin.handing import attachment
from apps.core.context import Context
from apps.core.errors import BusinessError, Refusal
from apps.core.files import FileKind
from apps.imports import template
from apps.imports.models import Upload
from apps.imports.states import TakenFor

TYPES = {
    FileKind.CSV: "text/csv; charset=utf-8",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class TakeForm(ActForm):
    purpose = forms.ChoiceField(label=_("Purpose"), choices=[("", _("Please choose")), *TakenFor.choices])


@act("imports.upload")
class TakeWrongRows(Act):
    """The wrong rows hold what the file held: who took them out, and what for, is remembered (P36)."""

    name, label, permission, keyed = "wrong_rows", _("Download wrong rows"), "data_import.C", False
    form = TakeForm
    intro = _(
        "The file holds names, documents and phones in full. The download is remembered with your name and purpose."
    )

    def over(self, obj: Upload) -> bool:
        return not obj.wrong_rows or obj.purged_at is not None

    def why_not(self, ctx: Context, obj: Upload) -> Refusal | None:
        if obj.purged_at:
            return Refusal("import_content_gone", {"day": obj.purged_at.date()})
        return None if obj.wrong_rows else Refusal("import_nothing_wrong")

    def facts(self, obj: Upload) -> list[Fact]:
        return [Fact(_("File name"), obj.file_name), Fact(_("Wrong rows"), obj.wrong_rows)]

    def perform(self, page: StaffAdmin, request: StaffRequest, obj: Any, form: ActForm) -> HttpResponse:
        ctx = page.site.context_of(request)
        if refusal := self.why_not(ctx, obj):
            raise BusinessError(refusal)
        audit.note_access(
            ctx,
            AccessKind.EXPORTED,
            self.permission,
            object_type=page.label,
            object_id=obj.pk,
            purpose=form.cleaned_data["purpose"],
            rows=obj.wrong_rows,
        )
        kind = FileKind(obj.file_kind)
        return attachment(template.wrong_rows(obj), TYPES[kind], f"wrong-rows-{obj.pk}.{kind}")
