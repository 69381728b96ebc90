"""Reading the caught letters from their Maildir, and making their HTML harmless."""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path

FOLDERS = ("new", "cur")
KEPT_BLOCKS = ("p", "hr", "h1", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "table", "tr", "td", "th")
KEPT_TAGS = frozenset((*KEPT_BLOCKS, "a", "b", "br", "em", "i", "strong"))
VOID_TAGS = frozenset(("br", "hr"))
SILENT_TAGS = frozenset(("script", "style", "head", "title"))


@dataclass(frozen=True)
class Summary:
    """One line of the list."""

    key: str
    recipients: str
    sender: str
    subject: str
    sent: str
    kind: str = "email"


@dataclass(frozen=True)
class Letter:
    """One letter with its bodies; `markup` is already sanitised."""

    summary: Summary
    text: str
    markup: str
    attachments: tuple[str, ...]


class Letters:
    """The letters of one Maildir, newest first."""

    def __init__(self, maildir: Path) -> None:
        self.maildir = maildir

    def found(self, sought: str = "") -> list[Summary]:
        """Return the letters whose recipients or subject contain what is sought, all for nothing."""
        summaries = (self._summary(path) for path in self._newest_first())
        return [each for each in summaries if sought.lower() in f"{each.recipients} {each.subject}".lower()]

    def clear(self) -> None:
        """Throw all letters away."""
        for path in self._newest_first():
            path.unlink(missing_ok=True)

    def get(self, key: str) -> Letter | None:
        for path in self._newest_first():
            if path.name == key:
                return self._letter(path)
        return None

    def _newest_first(self) -> list[Path]:
        paths = [path for folder in FOLDERS for path in (self.maildir / folder).glob("*")]
        return sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)

    def _summary(self, path: Path) -> Summary:
        with open(path, "rb") as source:
            return _summarise(path.name, BytesHeaderParser(policy=policy.default).parse(source))

    def _letter(self, path: Path) -> Letter:
        with open(path, "rb") as source:
            message = BytesParser(policy=policy.default).parse(source)
        return Letter(
            summary=_summarise(path.name, message),
            text="\n\n".join(_bodies(message, "text/plain")),
            markup="\n".join(harmless(body) for body in _bodies(message, "text/html")),
            attachments=tuple(part.get_filename("?") for part in message.iter_attachments()),
        )


def harmless(markup: str) -> str:
    """Return HTML reduced to plain structure: no attribute, image, style or script survives; links only to http(s)."""
    sanitiser = _Sanitiser()
    sanitiser.feed(markup)
    sanitiser.close()
    return "".join(sanitiser.kept)


class _Sanitiser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[str] = []
        self._open: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT_TAGS:
            self._silent += 1
        elif tag in KEPT_TAGS:
            self.kept.append(f"<{tag}{_link(tag, dict(attrs))}>")
            if tag not in VOID_TAGS:
                self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT_TAGS:
            self._silent = max(0, self._silent - 1)
        elif tag in self._open:
            while (last := self._open.pop()) != tag:
                self.kept.append(f"</{last}>")
            self.kept.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.kept.append(html.escape(data))

    def close(self) -> None:
        super().close()
        while self._open:
            self.kept.append(f"</{self._open.pop()}>")


def _link(tag: str, attributes: dict[str, str | None]) -> str:
    target = attributes.get("href") or ""
    if tag != "a" or not target.lower().startswith(("http://", "https://")):
        return ""
    return f' href="{html.escape(target)}" rel="noreferrer"'


def _summarise(key: str, message: EmailMessage) -> Summary:
    return Summary(
        key=key,
        recipients=str(message.get("X-Envelope-To", message.get("To", ""))),
        sender=str(message.get("From", "")),
        subject=str(message.get("Subject", "")),
        sent=_sent(message),
        kind="sms" if message.get("X-Kind") == "sms" else "email",
    )


def _sent(message: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(str(message["Date"])).strftime("%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return ""


def _bodies(message: EmailMessage, kind: str) -> Iterator[str]:
    for part in message.walk():
        if part.get_content_type() == kind and not part.is_attachment():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield payload.decode(_charset(part), errors="replace")


def _charset(part: EmailMessage) -> str:
    declared = part.get_content_charset("utf-8")
    try:
        "".encode(declared)
    except LookupError:
        return "utf-8"
    return declared
