"""Pages of documents."""

from . import pages, tabs

__all__ = ["pages", "tabs"]
