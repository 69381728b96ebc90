"""The way out 外呼 to an address that somebody typed in: a server of ours must never be talked into calling home (P72).

``client()`` speaks https only, to the ports in ``OUTGOING_PORTS``. At each attempt the name is resolved once, every
address it has must be a public one, and the connection goes to that very address: a name that points elsewhere a moment
later (rebinding) gains nothing. No redirects, no proxies from the environment, one deadline for the whole exchange, and
an answer is read up to a limit, never unpacked. ``OUTGOING_ALLOW_LOOPBACK`` lets development and tests speak http to
127.0.0.1 and ::1, and to nothing else.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpcore
import httpx
from django.conf import settings

MOST_BYTES = 64 * 1024
LONGEST_URL = 2000
REFUSED = "webhook_url_refused"
PUBLIC_METADATA = frozenset({ip_address("168.63.129.16")})
TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"))

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Iterable[str]]


class UrlRefused(httpx.RequestError):
    """We do not call this address. Surely nothing was sent. The reason names the rule, never the address."""


def client(*, timeout: float) -> httpx.Client:
    """A client for addresses that others chose; ``timeout`` is for the whole exchange, in seconds."""
    return httpx.Client(transport=GuardedTransport(timeout=timeout), trust_env=False, follow_redirects=False)


def why_refused(url: str) -> str:
    """What is wrong with an address on paper, or nothing: asked when it is typed in. Its name is not resolved yet."""
    try:
        return _why_refused(httpx.URL(url)) if len(url) <= LONGEST_URL else "too long"
    except (httpx.InvalidURL, ValueError, TypeError):
        return "not a URL"


def is_public(address: Address) -> bool:
    """Whether an address is out in the internet: not ours, not the cloud's, not one that only leads to another."""
    if isinstance(address, IPv6Address) and _leads_elsewhere(address):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address in PUBLIC_METADATA)


def _leads_elsewhere(address: IPv6Address) -> bool:
    """IPv4 in disguise: mapped, 6to4, Teredo, translated."""
    return bool(address.ipv4_mapped or address.sixtofour or address.teredo) or any(
        address in network for network in TRANSLATED
    )


def _why_refused(url: httpx.URL) -> str:
    if not url.host or url.userinfo:
        return "not a plain address"
    if settings.OUTGOING_ALLOW_LOOPBACK and url.scheme in ("http", "https"):
        return ""
    if url.scheme != "https":
        return "not https"
    return "" if (url.port or 443) in settings.OUTGOING_PORTS else "port not allowed"


def _resolved(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class GuardedTransport(httpx.BaseTransport):
    """One connection for each request, to an address that was looked at."""

    def __init__(self, *, timeout: float, most_bytes: int = MOST_BYTES, resolve: Resolve = _resolved) -> None:
        self.timeout, self.most_bytes, self.resolve = timeout, most_bytes, resolve
        self._tls = ssl.create_default_context()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if reason := _why_refused(request.url):
            raise UrlRefused(reason, request=request)
        way = _Way(request, time.monotonic() + self.timeout, self.resolve)
        pool = httpcore.ConnectionPool(self._tls, max_connections=1, max_keepalive_connections=0, network_backend=way)
        try:
            with pool:
                return self._exchange(pool, request)
        except tuple(ERRORS) as error:
            raise next(ours for theirs, ours in ERRORS.items() if isinstance(error, theirs))(
                type(error).__name__, request=request
            ) from error

    def _exchange(self, pool: httpcore.ConnectionPool, request: httpx.Request) -> httpx.Response:
        url = request.url
        asked = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=[(name, value) for name, value in request.headers.raw if name.lower() != b"accept-encoding"],
            content=request.read(),
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self.timeout)},
        )
        answer = pool.handle_request(asked)
        try:
            body = self._beginning(answer.iter_stream())
        finally:
            answer.close()
        headers = [(name, value) for name, value in answer.headers if name.lower() != b"content-encoding"]
        return httpx.Response(answer.status, headers=headers, content=body, request=request)

    def _beginning(self, stream: Iterable[bytes]) -> bytes:
        """As much of an answer as we read; what is beyond stays with its sender."""
        body = bytearray()
        for chunk in stream:
            body += chunk
            if len(body) >= self.most_bytes:
                break
        return bytes(body[: self.most_bytes])


ERRORS: dict[type[Exception], type[httpx.RequestError]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.TimeoutException: httpx.ReadTimeout,
    httpcore.ProtocolError: httpx.RemoteProtocolError,
    httpcore.NetworkError: httpx.ReadError,
}


class _Way(httpcore.SyncBackend):
    """Resolves, looks, and connects to what it looked at."""

    def __init__(self, request: httpx.Request, deadline: float, resolve: Resolve) -> None:
        self.request, self.deadline, self.resolve = request, deadline, resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        last: Exception = httpcore.ConnectError("no address")
        for address in self._allowed(host, port):
            try:
                stream = super().connect_tcp(address, port, _left(self.deadline), local_address, socket_options)
                return _Timed(stream, self.deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last

    def _allowed(self, host: str, port: int) -> list[str]:
        """The addresses of the host, if each of them may be called."""
        try:
            addresses = list(dict.fromkeys(self.resolve(host, port)))
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("unknown host") from error
        looked_at = [ip_address(address) for address in addresses]
        loopback = settings.OUTGOING_ALLOW_LOOPBACK and all(address.is_loopback for address in looked_at)
        if not loopback and (self.request.url.scheme != "https" or port not in settings.OUTGOING_PORTS):
            raise UrlRefused("not https on an allowed port", request=self.request)
        if not loopback and not all(is_public(address) for address in looked_at):
            raise UrlRefused("not a public address", request=self.request)
        return addresses


class _Timed(httpcore.NetworkStream):
    """A stream that ends with the deadline, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self.stream, self.deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, _left(self.deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, _left(self.deadline))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(self.stream.start_tls(ssl_context, server_hostname, _left(self.deadline)), self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("out of time")
    return left
