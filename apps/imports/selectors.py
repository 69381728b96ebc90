"""Questions about books that came in."""

from collections.abc import Iterable

from apps.core.staging import fetch

from .models import PortfolioImport


def same_import(file_sha256: str, mapping_sha256: str) -> PortfolioImport | None:
    """The import of this very file by this very mapping, if there was one (P66)."""
    return PortfolioImport.objects.filter(file_sha256=file_sha256, mapping_sha256=mapping_sha256).first()


def known_keys(book: str, keys: Iterable[str]) -> set[str]:
    """Those of these row keys that were imported into the book already."""
    sql = "SELECT row_key FROM imports_importedpolicy WHERE book = %s AND row_key = ANY(%s)"
    return {row[0] for row in fetch(sql, [book, list(keys)])}
