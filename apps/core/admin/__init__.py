"""The staff's pages 内勤工作台: what every app's ``admin.py`` is written with.

A page is read-only: facts, tabs, tables. What may be done stands on it as an ``Act``: a button, a form, one service.
Apps add tabs, cards and acts to the pages of the apps below them (``tab("policies.policy", …)``).
"""

from .acts import Act, ActForm, DayInput, Done, ReasonForm, act, no_edge
from .base import StaffAdmin
from .lists import Between, Choice, Exactly, Filter, Sort
from .pages import Column, Entry, Fact, Facts, Figure, Link, Note, Stage, Table, Timeline, figure, rail, tab, tool
from .show import actors, badge, brief, day, frequency, in_wan, link, money, names_of, naming, page_at, page_of, who
from .site import PUBLIC, SIGNED_IN, StaffRequest, StaffSite

__all__ = [
    "PUBLIC",
    "SIGNED_IN",
    "Act",
    "ActForm",
    "Between",
    "Choice",
    "Column",
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
    "rail",
    "tab",
    "tool",
    "who",
]
