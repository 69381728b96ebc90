"""Saying what the columns of a file mean (screen S21.1): suggested from their names, remembered for the next file."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import ActForm, StaffAdmin, StaffRequest, act, page_of
from apps.core.admin.show import FREQUENCIES
from apps.core.context import Context
from apps.core.errors import BusinessError, Refusal
from apps.core.money import Currency
from apps.imports import labels, selectors, services, suggesting
from apps.imports.models import Upload
from apps.imports.references import References, read_references
from apps.imports.suggesting import Choices
from apps.parties.states import IdentityType, RelationshipCode, Sex
from apps.policies.states import PolicyStatus, TerminationCode

from .acts import OfUpload

NOT_USED = ("", _("Not used"))
CODES: Mapping[str, Any] = {
    "frequency": [(str(code), label) for code, label in FREQUENCIES.items()],
    "status": [each for each in PolicyStatus.choices if each[0] != PolicyStatus.VOID],
    "termination_code": TerminationCode.choices,
    "currency": [(str(each), str(each)) for each in Currency],
    "reminders": [("yes", _("Yes")), ("no", _("No"))],
    "sex": Sex.choices,
    "id_type": IdentityType.choices,
    "relationship": RelationshipCode.choices,
}
NOTHING = ("-", _("Nothing"))
CONSTANTS = ("product", "branch", "currency", "frequency")
LONGEST_NAME = 60


class MappingForm(ActForm):
    """A field for every column; then, for columns of coded values, what each of their values stands for."""

    name = forms.CharField(label=_("Name of the mapping"), max_length=LONGEST_NAME)
    book = forms.CharField(
        label=_("Book"),
        max_length=LONGEST_NAME,
        help_text=_("Within a book a row key is imported once, whatever the file."),
    )
    yearly = forms.BooleanField(label=_("Premiums are those of a whole year"), required=False)

    def __init__(self, upload: Upload, known: References, data: Any = None) -> None:
        self.upload = upload
        suggested = selectors.suggested_columns(upload)
        self.chosen = _chosen(upload, data) if data is not None else suggested
        self.found = selectors.distinct_values(
            upload, [c for c, name in self.chosen.items() if suggesting.is_coded(name)]
        )
        super().__init__(data if data is None else self._with_known_words(data))
        self.samples = selectors.samples(upload, self.chosen)
        keys = [(str(i), column) for i, column in enumerate(upload.columns)]
        self.fields["row_key"] = forms.ChoiceField(label=_("Column that tells the rows apart"), choices=keys)
        self._add_columns()
        self._add_constants(known)
        self._add_values()
        self._set_initial(upload)

    def _add_columns(self) -> None:
        choices = [NOT_USED, *labels.grouped()]
        for i, column in enumerate(self.upload.columns):
            initial = self.chosen[column]
            self.fields[f"column-{i}"] = forms.ChoiceField(
                label=column, choices=choices, required=False, initial=initial
            )

    def _add_constants(self, known: References) -> None:
        lists = {"product": list(known.products), "branch": list(known.branches)}
        for name in CONSTANTS:
            codes = [(code, code) for code in lists[name]] if name in lists else CODES[name]
            initial = str(Currency.CNY) if name == "currency" else ""
            self.fields[f"constant-{name}"] = forms.ChoiceField(
                label=labels.of(name), choices=[NOT_USED, *codes], required=False, initial=initial
            )

    def _add_values(self) -> None:
        for input_name, column, cell in self._cells():
            name = self.chosen[column]
            self.fields[input_name] = forms.ChoiceField(
                label=f"{column}: {cell}",
                choices=[("", "—"), *CODES[suggesting.coded(name)], NOTHING],
                initial=_code(name, cell),
                error_messages={"required": _("Say what “{cell}” stands for.").format(cell=cell)},
            )

    def _cells(self) -> Iterator[tuple[str, str, str]]:
        """The inputs of coded cells: name, column and cell."""
        for i, column in enumerate(self.upload.columns):
            for j, cell in enumerate(self.found.get(column, ())):
                yield f"value-{i}-{j}", column, cell

    def _with_known_words(self, data: Any) -> Any:
        """A column that has just become one of codes brings what its words commonly mean."""
        filled = MultiValueDict({key: data.getlist(key) for key in data})
        for input_name, column, cell in self._cells():
            if input_name not in filled:
                filled[input_name] = _code(self.chosen[column], cell)
        return filled

    def _set_initial(self, upload: Upload) -> None:
        name = upload.file_name.rpartition(".")[0][:LONGEST_NAME]
        key = next((i for i, column in enumerate(upload.columns) if self.chosen[column] == "policy_number"), 0)
        self.initial = {**self.initial, "name": name, "book": name, "row_key": str(key)}

    def choices(self) -> Choices:
        said = self.cleaned_data
        values: dict[str, dict[str, str]] = {}
        for input_name, column, cell in self._cells():
            values.setdefault(column, {})[cell] = said[input_name]
        return Choices(
            book=said["book"],
            row_key=self.upload.columns[int(said["row_key"])],
            columns={column: said[f"column-{i}"] for i, column in enumerate(self.upload.columns)},
            constants={name: said[f"constant-{name}"] for name in CONSTANTS},
            values=values,
            yearly=said["yearly"],
        )

    # -- for the template -----------------------------------------------------------------------------------------

    @property
    def columns(self) -> list[tuple[Any, str]]:
        return [(self[f"column-{i}"], self.samples[column]) for i, column in enumerate(self.upload.columns)]

    @property
    def constants(self) -> list[Any]:
        return [self[f"constant-{name}"] for name in CONSTANTS]

    @property
    def last(self) -> list[Any]:
        return [self[name] for name in ("name", "book", "row_key", "yearly")]

    @property
    def coded(self) -> list[Any]:
        return [self[input_name] for input_name, _column, _cell in self._cells()]


def _chosen(upload: Upload, data: Any) -> dict[str, str]:
    known = {name for name, _label in labels.all_fields()}
    asked = {column: data.get(f"column-{i}", "") for i, column in enumerate(upload.columns)}
    return {column: name if name in known else "" for column, name in asked.items()}


def _code(name: str, cell: str) -> str:
    """What a cell stands for: a code as it is, or what its word commonly means."""
    codes = {str(code) for code, _label in CODES[suggesting.coded(name)]}
    return cell if cell in codes else suggesting.code_for(name, cell)


@act("imports.upload")
class MapColumns(OfUpload):
    name, label, permission = "map", _("Map the columns"), "data_import.C"
    template = "staff/imports/map.html"
    intro = _("Say what each column means. The next file with the same columns is read in the same way without asking.")

    def why_not(self, ctx: Context, obj: Upload) -> Refusal | None:
        gone = Refusal("import_content_gone", {"day": obj.purged_at.date()}) if obj.purged_at else None
        return super().why_not(ctx, obj) or gone

    def view(self, page: StaffAdmin, request: StaffRequest, pk: int | None = None) -> HttpResponse:
        assert pk is not None
        upload = page.object_of(request, pk)
        assert isinstance(upload, Upload)
        known = read_references(upload.branch.path)
        form = MappingForm(upload, known, request.POST if request.method == "POST" else None)
        if request.method != "POST" or not form.is_valid():
            return self._show(page, request, upload, form, status=422 if form.is_bound else 200)
        ctx = page.site.context_of(request)
        try:
            content = suggesting.compose(form.choices())
            services.map_columns(ctx, upload.pk, name=form.cleaned_data["name"], content=content)
            services.check(ctx, upload.pk)
        except BusinessError as error:
            for refusal in error.refusals:
                form.add_error(None, str(refusal))
            return self._show(page, request, upload, form, status=error.status)
        messages.success(request, _now("The columns are mapped. A worker checks the file."))
        return HttpResponseRedirect(page_of(Upload, upload.pk))

    def _show(
        self, page: StaffAdmin, request: StaffRequest, upload: Upload, form: MappingForm, status: int
    ) -> HttpResponse:
        context = {
            **page.frame(request, upload),
            "title": self.label,
            "act": self,
            "form": form,
            "refusal": self.why_not(page.site.context_of(request), upload) if request.method != "POST" else None,
            "back": page_of(Upload, upload.pk),
        }
        return TemplateResponse(request, self.template, context, status=status)
