"""Pages of policies."""

from . import acts, contract, deadlines, finding, nights, pages, tabs, versions

__all__ = ["acts", "contract", "deadlines", "finding", "nights", "pages", "tabs", "versions"]
