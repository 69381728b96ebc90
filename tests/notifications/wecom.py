"""A WeCom of our own: a real HTTP server that behaves like theirs. Tokens expire, calls are limited, the same content
is shown to the same person once, and every answer is a 200 with an ``errcode``."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

CORP, SECRET, AGENT, ROBOT = "corp1", "s3cret", 1000002, "robot-key"
OK, BUSY, BAD_SECRET, BAD_TOKEN, EXPIRED, LIMITED, NOBODY, BAD_ROBOT = 0, -1, 40001, 40014, 42001, 45009, 81013, 93000


@dataclass
class Wecom:
    """``members`` are the ids there are. ``script`` are the moods of the next sends: an errcode not 0, ``hang`` and
    ``drop`` (taken, but no answer), ``broken`` (a 500), ``nonsense``."""

    members: set[str] = field(default_factory=set)
    script: list[Any] = field(default_factory=list)
    lives: int = 7200
    tokens: dict[str, float] = field(default_factory=dict)
    calls: Counter = field(default_factory=Counter)
    shown: list[tuple[str, str]] = field(default_factory=list)
    in_group: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    url: str = ""

    def token(self, query: dict[str, str]) -> dict[str, Any]:
        if (query.get("corpid"), query.get("corpsecret")) != (CORP, SECRET):
            return {"errcode": BAD_SECRET, "errmsg": "invalid credential"}
        token = f"token-{len(self.tokens)}"
        self.tokens[token] = time.monotonic() + self.lives
        return {"errcode": OK, "errmsg": "ok", "access_token": token, "expires_in": self.lives}

    def refusal(self, token: str) -> int:
        if token not in self.tokens:
            return BAD_TOKEN
        return OK if time.monotonic() < self.tokens[token] else EXPIRED

    def take(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["touser"] not in self.members:
            return {"errcode": NOBODY, "errmsg": "user & party & tag all invalid", "invaliduser": body["touser"]}
        content = json.dumps(body, sort_keys=True)
        if not (body.get("enable_duplicate_check") and content in self.seen):
            self.shown.append((body["touser"], body["text"]["content"]))
        self.seen.add(content)
        return {"errcode": OK, "errmsg": "ok", "msgid": f"msg-{len(self.seen)}"}


class _Handler(BaseHTTPRequestHandler):
    wecom: Wecom
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.wecom.calls["gettoken"] += 1
        self._answer(200, self.wecom.token(self._query))

    def do_POST(self) -> None:
        wecom, path = self.wecom, urlsplit(self.path).path
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        wecom.calls[path] += 1
        mood = wecom.script.pop(0) if wecom.script else "well"
        if isinstance(mood, int):
            return self._answer(200, {"errcode": mood, "errmsg": "no"})
        if mood == "broken":
            return self._answer(500, {})
        if mood == "nonsense":
            return self._answer(200, ["?"])
        answer = self._robot(body) if path == "/cgi-bin/webhook/send" else self._message(body)
        if mood in ("hang", "drop"):
            time.sleep(1.0 if mood == "hang" else 0)
            self.close_connection = True
            return None
        return self._answer(200, answer)

    def _message(self, body: dict[str, Any]) -> dict[str, Any]:
        refusal = self.wecom.refusal(self._query.get("access_token", ""))
        return {"errcode": refusal, "errmsg": "token"} if refusal else self.wecom.take(body)

    def _robot(self, body: dict[str, Any]) -> dict[str, Any]:
        if self._query.get("key") != ROBOT:
            return {"errcode": BAD_ROBOT, "errmsg": "invalid webhook url"}
        self.wecom.in_group.append(body["text"]["content"])
        return {"errcode": OK, "errmsg": "ok"}

    @property
    def _query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def _answer(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@contextmanager
def running(wecom: Wecom) -> Iterator[Wecom]:
    """Serve it on a free port of 127.0.0.1."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"wecom": wecom}))
    server.daemon_threads = True
    wecom.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield wecom
    finally:
        server.shutdown()
        server.server_close()
