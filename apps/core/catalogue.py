"""The catalogue of interface texts 界面文字: collected from the sources, kept in ``locale/``, compiled before a start.

English stands in the code, Chinese in ``locale/zh_Hans``. Our catalogue also carries the theme's texts, which ships
none in Chinese. Pure Python: neither building nor running needs gettext's programs.
"""

import io
import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

KEYWORDS = {
    **dict.fromkeys(("_", "_now", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
ROOTS = ("apps", "policyops", "templates")
LOCALE = "zh_Hans"


def source() -> Path:
    return Path(settings.BASE_DIR) / "locale" / LOCALE / "LC_MESSAGES" / "django.po"


def theme() -> Path:
    """Where the admin theme is installed."""
    spec = find_spec("unfold")
    if spec is None or spec.origin is None:
        raise LookupError("django-unfold is not installed")
    return Path(spec.origin).parent


def collect(*roots: Path) -> Catalog:
    """Every text marked for translation below these folders, with the places it is used."""
    found = Catalog(fuzzy=False)
    for root in roots:
        for path in _sources(root):
            place = str(path.relative_to(root.parent))
            for line, message, _comments, context in extract("python", io.BytesIO(_python(path)), KEYWORDS):
                found.add(message, locations=[(place, line)], context=context, flags=())
    return found


def _sources(root: Path) -> Iterator[Path]:
    files = (path for path in root.rglob("*") if path.suffix in {".py", ".html", ".txt"})
    return iter(sorted(path for path in files if not {"migrations", "messages"} & set(path.parts)))


def _python(path: Path) -> bytes:
    """A source as Python text; of a template its marked texts alone, line by line."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text.encode()
    calls = re.sub(r"^\s+", "", templatize(text, origin=str(path)), flags=re.MULTILINE)
    return calls.encode()


def everything() -> Catalog:
    """All texts a page may show: ours and the theme's."""
    return collect(*(Path(settings.BASE_DIR) / root for root in ROOTS), theme())


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE)


def renew() -> int:
    """Bring the catalogue up to the sources: new texts join untranslated, those gone leave. Counts what is missing."""
    catalogue = read(source()) if source().exists() else Catalog(locale=LOCALE)
    catalogue.update(everything(), no_fuzzy_matching=True)
    catalogue.header_comment = "# Interface texts of PolicyOps in Simplified Chinese; docs/glossary.md is the arbiter."
    catalogue.project, catalogue.version, catalogue.fuzzy = "PolicyOps", "1", False
    catalogue.last_translator = catalogue.language_team = catalogue.msgid_bugs_address = "PolicyOps"
    catalogue.obsolete.clear()
    for entry in catalogue:
        entry.locations = sorted({(place, 0) for place, _line in entry.locations})
    source().parent.mkdir(parents=True, exist_ok=True)
    with source().open("wb") as file:
        write_po(file, catalogue, width=120, omit_header=False, sort_output=True, include_lineno=False)
    return len(missing(catalogue))


def missing(catalogue: Catalog) -> list[str]:
    """The texts without a translation, or marked as doubtful."""
    return [str(entry.id) for entry in catalogue if entry.id and (not entry.string or entry.fuzzy)]


def compile_all() -> list[Path]:
    """Write every ``.mo`` that is older than its ``.po``, each at once; returns those written."""
    written = []
    for po in sorted((Path(settings.BASE_DIR) / "locale").rglob("*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        whole = mo.with_name(f"{mo.name}.{os.getpid()}")
        with whole.open("wb") as file:
            write_mo(file, read(po))
        whole.replace(mo)
        written.append(mo)
    return written
