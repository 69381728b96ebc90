"""Questions about books that came in."""

from collections.abc import Iterable

from .models import ImportedPolicy, PortfolioImport


def same_import(file_sha256: str, mapping_sha256: str) -> PortfolioImport | None:
    """The import of this very file by this very mapping, if there was one (P66)."""
    return PortfolioImport.objects.filter(file_sha256=file_sha256, mapping_sha256=mapping_sha256).first()


def known_keys(book: str, keys: Iterable[str]) -> set[str]:
    """Those of these row keys that were imported into the book already."""
    known = ImportedPolicy.objects.filter(book=book, row_key__in=list(keys))
    return set(known.values_list("row_key", flat=True))


def any_book() -> bool:
    """Whether any policy was ever imported."""
    return ImportedPolicy.objects.exists()
