"""The import wizard (screen S21): upload, map, check, correct in place, run, result."""

from . import acts, correcting, mapping, pages, taking

__all__ = ["acts", "correcting", "mapping", "pages", "taking"]
