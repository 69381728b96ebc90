"""The web inbox of the mail catcher: e-mails and text messages in a list, a search, one letter, and a clear button.

It is also the text message gateway of a development system: what is posted to ``/messages`` stands in the list.
"""

import base64
import hashlib
import html
import json
import mailbox
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from policyops.local.letters import Letter, Letters, Summary

LISTED = 200
REFRESH_SECONDS = 5

LARGEST_MESSAGE = 2**20
WORDS = {
    "zh": {
        "title": "开发收件箱", "about": "本机截获的邮件和短信，不会真正发出。每 5 秒自动刷新。", "find": "收件人或主题",
        "search": "查找", "clear": "清空", "sent": "时间", "kind": "方式", "to": "收件人", "subject": "主题",
        "email": "邮件", "sms": "短信", "from": "发件人", "attachments": "附件", "text": "文本", "back": "返回收件箱",
        "none": "还没有消息。", "count": "共 {n} 条", "newest": "显示最近 {n} 条", "missing": "未找到",
        "no_subject": "(无主题)", "other": "English",
    },
    "en": {
        "title": "Development inbox", "about": "E-mails and text messages caught here: none was really sent. The list "
        "is brought up to date every 5 seconds.", "find": "Recipient or subject", "search": "Search",
        "clear": "Clear", "sent": "Sent", "kind": "By", "to": "Recipient", "subject": "Subject", "email": "E-mail",
        "sms": "Text message", "from": "From", "attachments": "Attachments", "text": "Text",
        "back": "Back to the inbox",
        "none": "No message yet.", "count": "{n} messages", "newest": "the newest {n} are shown",
        "missing": "Not found", "no_subject": "(no subject)", "other": "中文",
    },
}  # fmt: skip
Words = dict[str, str]

STYLE = """
:root { color-scheme: light dark; font: 15px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; }
body { background: Canvas; margin: 0 auto; max-width: 68rem; padding: 24px 20px 48px; }
h1 { font-size: 22px; margin: 0; }
form { align-items: center; display: flex; flex-wrap: wrap; gap: 10px 16px; }
p { color: GrayText; margin: 6px 0 14px; }
input, button { border: 1px solid #8889; border-radius: 8px; font: inherit; min-height: 34px; padding: 4px 12px; }
input[type=search] { width: min(24rem, 80vw); }
main > form { margin-bottom: 14px; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: 7px 10px; text-align: start; vertical-align: top; }
thead th { color: GrayText; font-size: 13px; font-weight: 600; }
td { overflow-wrap: anywhere; }
td:first-child { white-space: nowrap; }
pre { white-space: pre-wrap; font: inherit; }
pre, article { border: 1px solid #8884; border-radius: 8px; padding: 14px 18px; }
.kind { border: 1px solid #8889; border-radius: 99px; font-size: 12px; padding: 1px 10px; white-space: nowrap; }
@media (max-width: 620px) { tr { display: block; padding: 6px 0; } td, th { border: 0; display: block; padding: 1px 0; }
  tbody tr { border-bottom: 1px solid #8884; } thead { display: none; } }
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def handler_for(maildir: Path) -> type[BaseHTTPRequestHandler]:
    """Return the request handler that shows this Maildir, and takes text messages into it."""
    letters = Letters(maildir)
    taken: dict[str, str] = {}

    class Inbox(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            query = {name: values[0].strip() for name, values in parse_qs(address.query).items()}
            words = self._words(query.get("lang", ""))
            if address.path == "/":
                sought = query.get("q", query.get("to", ""))
                self._answer(list_page(letters.found(sought), sought, words), refresh=True)
            elif address.path.startswith("/messages/"):
                at = taken.get(address.path.removeprefix("/messages/"))
                known = {"status": "delivered", "at": at} if at else {}
                self._json(known, HTTPStatus.OK if at else HTTPStatus.NOT_FOUND)
            elif letter := letters.get(unquote(address.path.removeprefix("/letter/"))):
                self._answer(letter_page(letter, words))
            else:
                self._answer(page(words["missing"], "", words), HTTPStatus.NOT_FOUND)

        def do_POST(self) -> None:
            path = urlsplit(self.path).path
            if path == "/messages":
                self._take()
            elif path == "/clear" and self.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin":
                letters.clear()
                self.send_response(HTTPStatus.SEE_OTHER)
                self.send_header("Location", "/")
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._json({}, HTTPStatus.NOT_FOUND)

        def _take(self) -> None:
            """A text message; one key is taken once (P02)."""
            try:
                said = json.loads(self.rfile.read(min(int(self.headers["Content-Length"]), LARGEST_MESSAGE)))
                to, text = str(said["to"]), str(said["text"])
            except (KeyError, TypeError, ValueError):
                self._json({}, HTTPStatus.BAD_REQUEST)
                return
            key = self.headers.get("Idempotency-Key", "")
            if not key or key not in taken:
                now = datetime.now(UTC)
                mailbox.Maildir(maildir).add(as_letter(to, text, now).as_bytes())
                taken[key] = now.isoformat()
            self._json({"id": key})

        def _words(self, asked: str) -> Words:
            spoken = asked or ("zh" if self.headers.get("Accept-Language", "").lower().startswith("zh") else "en")
            return {**WORDS.get(spoken, WORDS["en"]), "lang": spoken if spoken in WORDS else "en"}

        def _json(self, body: dict[str, str], status: HTTPStatus = HTTPStatus.OK) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _answer(self, body: str, status: HTTPStatus = HTTPStatus.OK, refresh: bool = False) -> None:
            content = body.encode()
            self.send_response(status)
            for name, value in HEADERS.items():
                self.send_header(name, value)
            if refresh:
                self.send_header("Refresh", str(REFRESH_SECONDS))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet: the page asks again every few seconds."""

    return Inbox


def as_letter(to: str, text: str, now: datetime) -> EmailMessage:
    """A text message as the Maildir keeps it."""
    letter = EmailMessage()
    letter["X-Kind"], letter["X-Envelope-To"], letter["Date"] = "sms", to, format_datetime(now)
    letter["Subject"] = text[:60].replace("\n", " ")
    letter.set_content(text)
    return letter


def list_page(found: list[Summary], sought: str, words: Words) -> str:
    rows = "".join(_row(summary, words) for summary in found[:LISTED])
    count = words["count"].format(n=len(found))
    if len(found) > LISTED:
        count += f" · {words['newest'].format(n=LISTED)}"
    heads = "".join(f'<th scope="col">{words[name]}</th>' for name in ("sent", "kind", "to", "subject"))
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>" if rows else words["none"]
    return page(
        words["title"],
        f"""<p>{words["about"]}</p>
<form role="search"><label for="q">{words["find"]}</label>
<input id="q" type="search" name="q" value="{html.escape(sought)}">
<input type="hidden" name="lang" value="{words["lang"]}"><button>{words["search"]}</button></form>
<form method="post" action="/clear"><span>{count}</span><button>{words["clear"]}</button></form>
{table}""",
        words,
    )


def letter_page(letter: Letter, words: Words) -> str:
    summary = letter.summary
    facts = (
        (words["kind"], words[summary.kind]),
        (words["from"], summary.sender),
        (words["to"], summary.recipients),
        (words["sent"], summary.sent),
        (words["attachments"], ", ".join(letter.attachments)),
    )
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{html.escape(value)}</td></tr>' for name, value in facts if value
    )
    text = f"<h2>{words['text']}</h2><pre>{html.escape(letter.text)}</pre>" if letter.text else ""
    markup = f"<h2>HTML</h2><article>{letter.markup}</article>" if letter.markup else ""
    back = f'<p><a href="/?lang={words["lang"]}">{words["back"]}</a></p>'
    return page(summary.subject or words["no_subject"], f"{back}<table>{rows}</table>{text}{markup}", words)


def page(title: str, body: str, words: Words) -> str:
    safe_title = html.escape(title)
    other = "en" if words["lang"] == "zh" else "zh"
    return f"""<!doctype html>
<html lang="{words["lang"]}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{safe_title}</title><style>{STYLE}</style></head>
<body><main><h1>{safe_title}</h1>{body}</main>
<footer><p><a href="?lang={other}" lang="{other}">{words["other"]}</a></p></footer></body></html>
"""


def _row(summary: Summary, words: Words) -> str:
    link = f"/letter/{quote(summary.key)}?lang={words['lang']}"
    subject = html.escape(summary.subject) or words["no_subject"]
    return (
        f'<tr><td>{html.escape(summary.sent)}</td><td><span class="kind">{words[summary.kind]}</span></td>'
        f'<td>{html.escape(summary.recipients)}</td><td><a href="{link}">{subject}</a></td></tr>'
    )
