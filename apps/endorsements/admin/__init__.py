"""Pages of endorsements: the wizard (screen S10), the case, the review queue (screen S11)."""

from . import acts, checking, filing, finding, pages, review, tabs, wizard

__all__ = ["acts", "checking", "filing", "finding", "pages", "review", "tabs", "wizard"]
