"""The development mail catcher, by SMTP and HTTP."""

import json
import smtplib
import sys
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest

from policyops.local import process
from policyops.local.letters import harmless


@pytest.fixture(scope="module")
def catcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    folder = tmp_path_factory.mktemp("mail")
    smtp, http = process.free_port(), process.free_port()
    command: list[str | Path] = [sys.executable, "-m", "policyops.local.mailcatcher", f"--maildir={folder / 'mail'}"]
    child = process.start(
        "Mail catcher", [*command, f"--smtp-port={smtp}", f"--http-port={http}"], log=folder / "mail.log"
    )
    process.wait_until(lambda: process.answers(smtp) and process.answers(http), child)
    yield smtp, http
    child.stop()


def send(port: int, recipient: str, subject: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "service@policyops.example", recipient, subject
    message.set_content("您的保费将于五日后到期。")
    message.add_alternative("<p onclick='x()'>您好<script>alert(1)</script><img src='//far/x'></p>", subtype="html")
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(message)


def get(port: int, path: str) -> tuple[str, str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.read().decode(), answer.headers["Content-Security-Policy"]


def test_a_letter_is_listed_found_by_recipient_and_shown(catcher: tuple[int, int]) -> None:
    smtp, http = catcher
    send(smtp, "zhang@example.cn", "续期缴费提醒")
    send(smtp, "li@example.cn", "宽限期通知")
    everything, policy = get(http, "/")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert everything.index("宽限期通知") < everything.index("续期缴费提醒")
    found, _ = get(http, f"/?to={quote('zhang@')}")
    assert "续期缴费提醒" in found
    assert "宽限期通知" not in found
    letter, _ = get(http, found.split('href="')[1].split('"')[0])
    assert "您的保费将于五日后到期。" in letter
    assert "<p>您好</p>" in letter
    assert "script" not in letter
    assert "far/x" not in letter


def test_text_messages_are_taken_once_listed_and_cleared(catcher: tuple[int, int]) -> None:
    _smtp, http = catcher
    body = json.dumps({"to": "13800000000", "text": "您的保费将于五日后到期。"}).encode()
    for _ in range(2):
        request = urllib.request.Request(
            f"http://127.0.0.1:{http}/messages", body, {"Idempotency-Key": "k1", "Content-Type": "application/json"}
        )
        assert json.loads(urllib.request.urlopen(request).read()) == {"id": "k1"}
    asked = json.loads(urllib.request.urlopen(f"http://127.0.0.1:{http}/messages/k1").read())
    assert asked["status"] == "delivered"
    listed, _ = get(http, "/?q=13800000000&lang=zh")
    assert listed.count("短信") == 1 + listed.count("邮件和短信")
    assert "共 1 条" in listed
    urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{http}/clear", b"", method="POST"))
    assert "No message yet." in get(http, "/?lang=en")[0]


def test_an_unknown_letter_is_not_found(catcher: tuple[int, int]) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(catcher[1], "/letter/../../keys")


@pytest.mark.parametrize(
    ("markup", "kept"),
    [
        ('<a href="https://x.cn/?a=1&amp;b=2">x</a>', '<a href="https://x.cn/?a=1&amp;b=2" rel="noreferrer">x</a>'),
        ('<a href="javascript:x()">x</a>', "<a>x</a>"),
        ("<style>p{}</style><p style='x'>a", "<p>a</p>"),
        ("<b><i>x</b></p>", "<b><i>x</i></b>"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("<svg/onload=x()>", ""),
    ],
)
def test_markup_keeps_its_structure_and_loses_its_teeth(markup: str, kept: str) -> None:
    assert harmless(markup) == kept
