"""What may be done with an import: upload, check, run, cancel."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Act, ActForm, DayInput, Done, Fact, StaffRequest, act, no_edge, page_of
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.core.files import LARGEST, MEGABYTE
from apps.imports import services
from apps.imports.models import Upload
from apps.imports.states import AT_WORK, ENDED, Mode, UploadStatus


class UploadForm(ActForm):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV (UTF-8 or GB18030) or XLSX, at most {megabytes} MB; the first row names the columns."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )
    cutover = forms.DateField(
        label=_("Cut-over"),
        required=False,
        help_text=_("The day from which on premiums are ours to bill. Empty: the open business day."),
        widget=DayInput,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        help_text = self.base_fields["file"].help_text
        self.fields["file"].help_text = str(help_text).format(megabytes=LARGEST // MEGABYTE)


@act("imports.upload", on_list=True)
class UploadFile(Act):
    name, label, permission, main = "upload", _("Import policies"), "data_import.C", True
    form, template = UploadForm, "staff/imports/upload_file.html"
    intro = _("Nothing is imported by an upload. A file whose columns are known is checked at once.")
    field_of = {
        **dict.fromkeys(("file_type_refused", "file_too_large", "file_empty", "file_not_what_it_says"), "file"),
        **dict.fromkeys(("file_encoding_unknown", "file_locked_or_old", "file_broken", "import_no_rows"), "file"),
        **dict.fromkeys(("file_unpacks_too_large", "file_has_macros", "file_links_out", "file_embeds"), "file"),
        **dict.fromkeys(("import_column_twice", "import_column_unnamed", "import_header_missing"), "file"),
        "sheet_too_large": "file",
        "import_cutover_in_future": "cutover",
    }

    def answer(self, request: StaffRequest, ctx: Context, obj: None, data: dict[str, Any]) -> Done:
        file = data["file"]
        made = services.upload(ctx, branch_id=request.user.branch_id, name=file.name, file=file.file)
        if made.status == UploadStatus.UPLOADED:
            return Done(_now("The file is here. Say what its columns mean."), f"{page_of(Upload, made.pk)}map/")
        services.check(ctx, made.pk, cutover=data["cutover"])
        return Done(_now("The file is here, its columns are known. A worker checks it."), page_of(Upload, made.pk))


class OfUpload(Act):
    """Acts that nobody may do while a worker is at it, or when it is over."""

    def over(self, obj: Upload) -> bool:
        return obj.status in ENDED

    def why_not(self, ctx: Context, obj: Upload) -> Refusal | None:
        if obj.status in ENDED:
            return Refusal("import_ended")
        return Refusal("import_at_work") if obj.status in AT_WORK else None


class CheckForm(ActForm):
    cutover = forms.DateField(label=_("Cut-over"), required=False, widget=DayInput)


@act("imports.upload")
class Check(OfUpload):
    name, label, permission = "check", _("Check"), "data_import.C"
    form = CheckForm
    intro = _("A worker reads every row as if it imported it, and takes it back. You can leave the page.")
    field_of = {"import_cutover_in_future": "cutover"}

    def initial(self, request: StaffRequest, obj: Upload) -> dict[str, Any]:
        return {"cutover": obj.cutover_on or request.ctx.business_date}

    def why_not(self, ctx: Context, obj: Upload) -> Refusal | None:
        return super().why_not(ctx, obj) or (None if obj.mapping_id else Refusal("import_not_mapped"))

    def run(self, ctx: Context, obj: Upload, data: dict[str, Any]) -> Done:
        services.check(ctx, obj.pk, cutover=data["cutover"])
        return Done(_now("A worker checks the file."))


class RunForm(ActForm):
    mode = forms.ChoiceField(label=_("Wrong rows"), choices=Mode.choices, widget=forms.RadioSelect)


@act("imports.upload")
class Run(OfUpload):
    name, label, permission, main = "run", _("Import"), "data_import.A", True
    form = RunForm
    intro = _("The policies become part of the book as of the cut-over. You can leave the page.")
    field_of = {"import_has_faults": "mode"}

    def initial(self, request: StaffRequest, obj: Upload) -> dict[str, Any]:
        return {"mode": Mode.EACH if obj.wrong_rows else Mode.WHOLE}

    def why_not(self, ctx: Context, obj: Upload) -> Refusal | None:
        busy = super().why_not(ctx, obj)
        return busy or (Refusal("import_must_be_checked") if no_edge(obj, UploadStatus.RUNNING) else None)

    def facts(self, obj: Upload) -> list[Fact]:
        return [
            Fact(_("File name"), obj.file_name),
            Fact(_("Rows"), obj.rows),
            Fact(_("Wrong rows"), obj.wrong_rows),
            Fact(_("Here already"), obj.known),
            Fact(_("Cut-over"), obj.cutover_on),
        ]

    def run(self, ctx: Context, obj: Upload, data: dict[str, Any]) -> Done:
        services.run(ctx, obj.pk, mode=Mode(data["mode"]))
        return Done(_now("A worker imports the file."))


@act("imports.upload")
class Discard(OfUpload):
    name, label, permission = "cancel", _("Discard"), "data_import.C"
    intro = _("The import is given up. What came in row by row stays in the book.")

    def why_not(self, ctx: Context, obj: Upload) -> Refusal | None:
        return Refusal("import_ended") if obj.status in ENDED else None

    def run(self, ctx: Context, obj: Upload, data: dict[str, Any]) -> Done:
        services.cancel(ctx, obj.pk)
        return Done(_now("The import is given up."))
