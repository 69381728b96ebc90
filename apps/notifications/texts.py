"""From a template and its parameters to a text, the same bytes every time 文本 (P09).

A template is a folder below ``templates/messages`` whose name ends in its version ("lapse_notice.1"): ``subject.txt``,
``zh.txt`` (the original), ``en.txt`` (the courtesy version) and ``sms.txt``. Its bytes never change once released
(tests/notifications/test_texts.py keeps their digests): a new wording is a new version.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.template import Context, Engine

from apps.core.json import dumps
from apps.parties import vault

from .models import Message

FOLDER = "templates/messages"
LETTER = "letter.1.html"
BETWEEN_LANGUAGES = "\n" + "-" * 40 + "\n\n"

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Text:
    """One message in its forms: an e-mail's subject, plain text and HTML, and the short one for a phone."""

    subject: str
    text: str
    html: str
    short: str

    @property
    def digest(self) -> str:
        """The digest that proves the text."""
        return hashlib.sha256("\0".join(astuple(self)).encode()).hexdigest()


def render(template: str, params: Params) -> Text:
    """The text of a template with these parameters: ``zh`` for the original and ``en`` for the courtesy version."""
    zh, en = parts(template, params)
    subject = _part(template, "subject.txt", params["zh"]).strip()
    return Text(
        subject=subject,
        text=zh + BETWEEN_LANGUAGES + en,
        html=_letter(subject, zh, en),
        short=_part(template, "sms.txt", params["zh"]).strip(),
    )


def parts(template: str, params: Params) -> tuple[str, str]:
    """The original and the courtesy version, each on its own."""
    return _part(template, "zh.txt", params["zh"]), _part(template, "en.txt", params["en"])


def in_language(message: Message, language: str) -> str:
    """The text of a message that was made, in the one language of whoever reads it in the app."""
    zh, en = parts(message.template, opened(message))
    return (zh if language.startswith("zh") else en).strip()


def seal(message: Message, params: Params) -> str:
    """The parameters of a message as its row keeps them: address and strings, unreadable in the database (P57)."""
    return vault.seal(Message, "params", message.public_id, dumps(params))


def opened(message: Message) -> dict[str, Any]:
    """The parameters again."""
    return json.loads(vault.open_sealed(Message, "params", message.public_id, message.params))


def again(message: Message) -> Text:
    """The text of a message that was sent, made again; its digest is the one kept with it (P09)."""
    return render(message.template, opened(message))


def _part(template: str, name: str, params: Mapping[str, str]) -> str:
    return _engine(html=False).get_template(f"{template}/{name}").render(Context(params, autoescape=False))


def _letter(subject: str, zh: str, en: str) -> str:
    return _engine(html=True).get_template(LETTER).render(Context({"subject": subject, "zh": zh, "en": en}))


@cache
def _engine(*, html: bool) -> Engine:
    return Engine(dirs=[str(settings.BASE_DIR / FOLDER)], autoescape=html)
