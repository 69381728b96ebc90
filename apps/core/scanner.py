"""The virus scanner 病毒扫描: clamd, asked over TCP at ``SCANNER_ADDRESS`` ("host:port"; empty: there is none)."""

import socket
import struct

from django.conf import settings

PATIENCE = 30.0
BLOCK = 1 << 16
CLEAN, FOUND = "OK", "FOUND"


class ScannerAway(OSError):
    """The scanner cannot be asked, or gives no answer to go by."""


def is_set_up() -> bool:
    return bool(settings.SCANNER_ADDRESS)


def ping(patience: float) -> None:
    """Whether it is there; ``ScannerAway`` if not."""
    if (answer := _ask([b"zPING\0"], patience)) != "PONG":
        raise ScannerAway(answer)


def scan(content: bytes) -> str:
    """The name of what it found, "" for nothing; ``ScannerAway`` when it does not say."""
    blocks = (content[start : start + BLOCK] for start in range(0, len(content), BLOCK))
    sized = (struct.pack("!L", len(block)) + block for block in blocks)
    answer = _ask([b"zINSTREAM\0", *sized, struct.pack("!L", 0)], PATIENCE)
    verdict = answer.removeprefix("stream: ")
    if verdict == CLEAN:
        return ""
    if verdict.endswith(f" {FOUND}"):
        return verdict.removesuffix(f" {FOUND}")
    raise ScannerAway(answer)


def _ask(question: list[bytes], patience: float) -> str:
    host, _colon, port = settings.SCANNER_ADDRESS.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=patience) as line:
            for piece in question:
                line.sendall(piece)
            answer = b""
            while not answer.endswith(b"\0") and (piece := line.recv(BLOCK)):
                answer += piece
    except (OSError, ValueError) as error:
        raise ScannerAway(type(error).__name__) from error
    return answer.rstrip(b"\0").decode(errors="replace")
