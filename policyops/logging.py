"""Logs 运行日志: JSON lines that carry no personal data (P58).

What a line may hold is listed here; everything else is dropped. Of an exception its class and the places it came
through are kept, never its text nor the values around it: those quote rows. What libraries write as free text is
stripped of whatever could be a number, an address or a name.
"""

import logging
import re
import sys
import traceback
from typing import Any

import structlog
from structlog.types import EventDict, Processor

ALLOWED = frozenset(
    {
        "timestamp", "level", "logger", "event", "request_id", "user_id", "ip", "method", "path", "code",
        "error", "where", "task", "task_id", "run", "step", "day", "channel", "subscriber", "event_id",
        "policy_id", "subject_id", "count", "seconds", "attempt", "reason",
    }
)  # fmt: skip
PERSONAL = re.compile(r"\S+@\S+|\d{6,}[Xx]?|[\u3400-\u9fff]+")
HIDDEN = "***"
FREE_TEXTS = frozenset({"event", "reason"})


def redact(text: str) -> str:
    """Free text without e-mail addresses, long numbers and Chinese characters."""
    return PERSONAL.sub(HIDDEN, text)


def name_request(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """``GET /path?query`` → method and path: what is searched for stays out of the log."""
    if request := line.pop("request", None):
        line["method"], _, address = str(request).partition(" ")
        line["path"] = redact(address.partition("?")[0])
    return line


def name_exception(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """An exception as its class and the file, line and function of each step it came through.

    A library's message about it is kept without what was filled in: that is where the exception's text would be.
    """
    arguments, exc_info = line.pop("positional_args", None), line.pop("exc_info", None)
    error = sys.exc_info()[1] if exc_info is True else exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if isinstance(error, BaseException):
        steps = traceback.extract_tb(error.__traceback__)
        line["error"] = type(error).__qualname__
        line["where"] = [f"{step.filename}:{step.lineno} {step.name}" for step in steps]
        if arguments:
            line["event"] = line["_template"]
    return line


def keep_template(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """A library's message before it was filled in."""
    line["_template"] = str(line["_record"].msg)
    return line


def keep_allowed(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Only what is listed, and its free texts redacted."""
    kept = {key: value for key, value in line.items() if key in ALLOWED}
    return {**kept, **{key: redact(str(kept[key])) for key in FREE_TEXTS & kept.keys()}}


COMMON: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def formatter() -> logging.Formatter:
    """Turns a record, ours or a library's, into one line."""
    return structlog.stdlib.ProcessorFormatter(
        pass_foreign_args=True,
        foreign_pre_chain=[*COMMON, keep_template],
        processors=[
            name_request,
            name_exception,
            keep_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def configure(level: str) -> dict[str, Any]:
    """Set structlog up and return Django's ``LOGGING``: everything to standard error, one JSON object a line."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *COMMON, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    to_root = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        # httpx writes whole addresses at INFO, and with them the secrets some providers want in the query
        "loggers": {"django": to_root, "django.server": to_root, "httpx": {"level": "WARNING"}},
    }
