"""The web inbox of the mail catcher: a list, a search by recipient, one letter. It only reads."""

import base64
import hashlib
import html
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from policyops.local.letters import Letter, Letters, Summary

LISTED = 200
REFRESH_SECONDS = 5

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: start; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #8886; }
td { overflow-wrap: anywhere; }
pre { white-space: pre-wrap; }
article { border: 1px solid #8886; border-radius: .4rem; padding: 1rem; }
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
    """Return the request handler that shows this Maildir."""
    letters = Letters(maildir)

    class Inbox(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path == "/":
                recipient = parse_qs(address.query).get("to", [""])[0].strip()
                self._answer(list_page(letters.to(recipient), recipient), refresh=True)
            elif letter := letters.get(unquote(address.path.removeprefix("/letter/"))):
                self._answer(letter_page(letter))
            else:
                self._answer(page("Not found 未找到", ""), HTTPStatus.NOT_FOUND)

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


def list_page(found: list[Summary], recipient: str) -> str:
    rows = "".join(_row(summary) for summary in found[:LISTED])
    count = f"{len(found)} letters · {len(found)} 封"
    if len(found) > LISTED:
        count += f" (newest {LISTED} shown · 显示最近 {LISTED} 封)"
    return page(
        "Development inbox 开发收件箱",
        f"""<form role="search"><label>Recipient 收件人
<input type="search" name="to" value="{html.escape(recipient)}"></label> <button>Search 查找</button></form>
<p>{count}</p>
<table><thead><tr><th scope="col">Sent 时间</th><th scope="col">Recipient 收件人</th>
<th scope="col">Subject 主题</th></tr></thead><tbody>{rows}</tbody></table>""",
    )


def letter_page(letter: Letter) -> str:
    summary = letter.summary
    facts = (
        ("From 发件人", summary.sender),
        ("To 收件人", summary.recipients),
        ("Sent 时间", summary.sent),
        ("Attachments 附件", ", ".join(letter.attachments)),
    )
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{html.escape(value)}</td></tr>' for name, value in facts if value
    )
    text = f"<h2>Text 文本</h2><pre>{html.escape(letter.text)}</pre>" if letter.text else ""
    markup = f"<h2>HTML</h2><article>{letter.markup}</article>" if letter.markup else ""
    return page(summary.subject, f'<p><a href="/">Inbox 收件箱</a></p><table>{rows}</table>{text}{markup}')


def page(title: str, body: str) -> str:
    safe_title = html.escape(title)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{safe_title}</title><style>{STYLE}</style></head>
<body><main><h1>{safe_title}</h1>{body}</main></body></html>
"""


def _row(summary: Summary) -> str:
    link = f"/letter/{quote(summary.key)}"
    subject = html.escape(summary.subject) or "(no subject 无主题)"
    return (
        f"<tr><td>{html.escape(summary.sent)}</td><td>{html.escape(summary.recipients)}</td>"
        f'<td><a href="{link}">{subject}</a></td></tr>'
    )
