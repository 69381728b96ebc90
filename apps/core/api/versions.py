"""Dated versions of the contract: pinned to a key when it is made, overridden by a header, additive within a date."""

from datetime import date

from .problems import Problem

HEADER = "PolicyOps-Version"
VERSIONS = (date(2026, 12, 1),)
CURRENT = VERSIONS[-1]


def of(header: str | None, pinned: date) -> date:
    """The version a call is answered in. Refuses dates that are none of ours."""
    if header is None:
        return pinned
    known = {version.isoformat(): version for version in VERSIONS}
    if header not in known:
        raise Problem("version_header_invalid")
    return known[header]
