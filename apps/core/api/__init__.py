"""The REST API's kernel 接口内核: what every app's ``api.py`` is written with.

An operation is a class that states its facts and calls one question or one service; the kernel keeps the contract:
who calls, with which scope and permission, how often, in which form, and that a repeat has one effect.
"""

from .acting import Act, Create
from .gate import Caller, Gate
from .inputs import CodeInput, DayInput, FlagInput, IdInput, Input, MoneyInput, TextInput
from .operations import OPERATIONS, Answer, Call, Effect, OfRows, Operation, operation
from .parameters import Parameter, a_code, a_day, a_flag, a_number, a_text, an_id
from .problems import Fault, Problem, means
from .reading import Detail, List
from .scopes import declare as declare_scope
from .shapes import (
    Code,
    Day,
    Decimals,
    Expansion,
    Field,
    Flag,
    Found,
    Id,
    Many,
    Moment,
    Money,
    Number,
    One,
    Row,
    Shape,
    Text,
)

__all__ = [
    "OPERATIONS",
    "Act",
    "Answer",
    "Call",
    "Caller",
    "Code",
    "CodeInput",
    "Create",
    "Day",
    "DayInput",
    "Decimals",
    "Detail",
    "Effect",
    "Expansion",
    "Fault",
    "Field",
    "Flag",
    "FlagInput",
    "Found",
    "Gate",
    "Id",
    "IdInput",
    "Input",
    "List",
    "Many",
    "Moment",
    "Money",
    "MoneyInput",
    "Number",
    "OfRows",
    "One",
    "Operation",
    "Parameter",
    "Problem",
    "Row",
    "Shape",
    "Text",
    "TextInput",
    "a_code",
    "a_day",
    "a_flag",
    "a_number",
    "a_text",
    "an_id",
    "declare_scope",
    "means",
    "operation",
]
