"""The staff's pages 内勤工作台: what every app's ``admin.py`` is written with.

A page is read-only: facts, tabs, tables. What may be done stands on it as an ``Act``: a button, a form, one service.
Apps add tabs, cards and acts to the pages of the apps below them (``tab("policies.policy", …)``).
"""

from .acts import Act, ActForm, DayInput, Done, ReasonForm, act, no_edge
from .base import StaffAdmin
from .deriving import derivation, trace_words
from .lists import Between, Choice, Exactly, Filter, Sort
from .pages import (
    AsOf,
    Column,
    Compared,
    Entry,
    Fact,
    Facts,
    Figure,
    Link,
    Note,
    Pair,
    Stage,
    Table,
    Timeline,
    figure,
    rail,
    tab,
    tool,
)
from .show import actors, badge, brief, day, frequency, in_wan, link, money, names_of, naming, page_at, page_of, who
from .site import PUBLIC, SIGNED_IN, StaffRequest, StaffSite, pages_open_to

__all__ = [
    "PUBLIC",
    "SIGNED_IN",
    "Act",
    "ActForm",
    "AsOf",
    "Between",
    "Choice",
    "Column",
    "Compared",
    "DayInput",
    "Done",
    "Entry",
    "Exactly",
    "Fact",
    "Facts",
    "Figure",
    "Filter",
    "Link",
    "Note",
    "Pair",
    "ReasonForm",
    "Sort",
    "StaffAdmin",
    "StaffRequest",
    "StaffSite",
    "Stage",
    "Table",
    "Timeline",
    "act",
    "actors",
    "badge",
    "brief",
    "day",
    "derivation",
    "figure",
    "frequency",
    "in_wan",
    "link",
    "money",
    "names_of",
    "naming",
    "no_edge",
    "page_at",
    "page_of",
    "pages_open_to",
    "rail",
    "tab",
    "tool",
    "trace_words",
    "who",
]
