"""A text message gateway that misbehaves: a real HTTP server that is slow, fails, hangs and forgets to answer.

It keeps what it delivered by key, so that a test can count what people really got.
"""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ACCEPTED, BUSY, INVALID, NOBODY, BROKEN = 202, 429, 400, 422, 500
HANGING_SECONDS = 3.0


@dataclass
class Gateway:
    """``moods`` are the chances of each misbehaviour; ``script`` are moods for the next calls, one each.

    busy: 429, not taken. invalid: 400, never taken. nobody: 422, there is no such number. broken: 500, not taken.
    broken_after: taken, then 500. hang: taken, answers too late. drop: taken, the line goes dead.
    """

    dedupes: bool = True
    moods: Mapping[str, float] = field(default_factory=dict)
    latency: tuple[float, float] = (0.0, 0.0)
    script: list[str] = field(default_factory=list)
    calls: Counter = field(default_factory=Counter)
    delivered: Counter = field(default_factory=Counter)
    texts: dict[str, set[str]] = field(default_factory=dict)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def mood(self) -> str:
        with self.lock:
            if self.script:
                return self.script.pop(0)
            return self.chance.choices([*self.moods, "well"], [*self.moods.values(), 1 - sum(self.moods.values())])[0]

    def take(self, key: str, text: str) -> None:
        with self.lock:
            self.texts.setdefault(key, set()).add(text)
            if not (self.dedupes and key in self.delivered):
                self.delivered[key] += 1

    @property
    def duplicates(self) -> int:
        """How many messages people got once too often."""
        return sum(times - 1 for times in self.delivered.values())


class _Handler(BaseHTTPRequestHandler):
    gateway: Gateway
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        gateway, key = self.gateway, self.headers["Idempotency-Key"]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        gateway.calls[key] += 1
        time.sleep(gateway.chance.uniform(*gateway.latency))
        mood = gateway.mood()
        refusals = {"busy": BUSY, "invalid": INVALID, "nobody": NOBODY, "broken": BROKEN}
        if mood in refusals:
            return self._answer(refusals[mood], {"error": mood})
        gateway.take(key, body["text"])
        if mood == "hang":
            time.sleep(HANGING_SECONDS)
        if mood in ("hang", "drop"):
            self.close_connection = True
            return None
        return self._answer(BROKEN if mood == "broken_after" else ACCEPTED, {"id": f"gw-{key[:8]}"})

    def do_GET(self) -> None:
        key = self.path.rpartition("/")[2]
        if key in self.gateway.delivered:
            return self._answer(200, {"status": "delivered", "at": datetime.now(UTC).isoformat()})
        return self._answer(404, {"error": "unknown"})

    def _answer(self, status: int, body: dict) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that was killed hangs up on us: nothing to say."""


@contextmanager
def running(gateway: Gateway, address: str = "127.0.0.1") -> Iterator[Gateway]:
    """Serve it on a free port."""
    server = _Server((address, 0), type("Handler", (_Handler,), {"gateway": gateway}))
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
