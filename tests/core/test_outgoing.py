"""Nobody talks a server of ours into calling home: hostile addresses, rebinding, redirects, slow and huge answers."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from apps.core import outgoing
from apps.core.outgoing import GuardedTransport, UrlRefused

HOSTILE = [
    ("http://hooks.example.com/x", "203.0.114.7"),
    ("ftp://hooks.example.com/x", "203.0.114.7"),
    ("https://user:secret@hooks.example.com/", "203.0.114.7"),
    ("https://hooks.example.com:22/", "203.0.114.7"),
    ("https://hooks.example.com:6379/", "203.0.114.7"),
    ("https://127.0.0.1/", "127.0.0.1"),
    ("https://localhost/", "127.0.0.1"),
    ("https://localhost./", "::1"),
    ("https://2130706433/", "127.0.0.1"),
    ("https://0x7f.1/", "127.0.0.1"),
    ("https://0177.0.0.1/", "127.0.0.1"),
    ("https://0.0.0.0/", "0.0.0.0"),
    ("https://10.1.2.3/", "10.1.2.3"),
    ("https://172.31.255.254/", "172.31.255.254"),
    ("https://192.168.0.1/", "192.168.0.1"),
    ("https://100.100.100.200/latest/meta-data/", "100.100.100.200"),
    ("https://169.254.169.254/latest/meta-data/", "169.254.169.254"),
    ("https://168.63.129.16/metadata", "168.63.129.16"),
    ("https://224.0.0.251/", "224.0.0.251"),
    ("https://255.255.255.255/", "255.255.255.255"),
    ("https://[::1]/", "::1"),
    ("https://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1"),
    ("https://[::ffff:a9fe:a9fe]/", "::ffff:169.254.169.254"),
    ("https://[64:ff9b::a9fe:a9fe]/", "64:ff9b::a9fe:a9fe"),
    ("https://[2002:7f00:1::]/", "2002:7f00:1::"),
    ("https://[fe80::1]/", "fe80::1%eth0"),
    ("https://[fd00:ec2::254]/", "fd00:ec2::254"),
    ("https://innocent.example.com/", "10.0.0.8"),
]


def calling(url: str, *addresses: str, timeout: float = 2.0, **options) -> httpx.Response:
    transport = GuardedTransport(timeout=timeout, resolve=lambda host, port: addresses, **options)
    with httpx.Client(transport=transport, trust_env=False) as client:
        return client.post(url, content=b"{}")


@pytest.mark.promise("P72")
@pytest.mark.parametrize(("url", "address"), HOSTILE, ids=[url for url, _ in HOSTILE])
def test_a_hostile_address_is_refused_before_a_byte_is_sent(monkeypatch, url, address):
    connected: list = []
    monkeypatch.setattr(socket, "create_connection", lambda *args, **kwargs: connected.append(args))
    with pytest.raises((UrlRefused, httpx.InvalidURL)):
        calling(url, address)
    assert connected == []


@pytest.mark.promise("P72")
@pytest.mark.parametrize("url", [url for url, _ in HOSTILE[5:21]])
def test_the_machines_own_resolver_finds_no_way_around(url):
    transport = GuardedTransport(timeout=2)
    with httpx.Client(transport=transport) as client, pytest.raises((UrlRefused, httpx.InvalidURL, httpx.ConnectError)):
        client.get(url)


@pytest.mark.promise("P72")
def test_one_private_address_among_public_ones_is_one_too_many():
    with pytest.raises(UrlRefused):
        calling("https://mixed.example.com/", "203.0.114.7", "127.0.0.1")


@pytest.mark.promise("P72")
def test_a_name_that_points_elsewhere_a_moment_later_gains_nothing(monkeypatch):
    """The connection goes to the address that was looked at; nobody resolves the name again."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    went_to: list[str] = []

    def connect(address, *args, **kwargs):
        went_to.append(address[0])
        raise OSError

    monkeypatch.setattr(socket, "create_connection", connect)
    transport = GuardedTransport(timeout=2, resolve=lambda host, port: next(answers))
    with httpx.Client(transport=transport) as client, pytest.raises(httpx.ConnectError):
        client.get("https://rebinding.example.com/")
    assert went_to == ["93.184.216.34"]
    with httpx.Client(transport=transport) as client, pytest.raises(UrlRefused):
        client.get("https://rebinding.example.com/")


def test_an_address_is_looked_at_on_paper_when_it_is_typed_in(settings):
    refused = {url: outgoing.why_refused(url) for url in ("x", "http://a.cn/", "https://a.cn:22/", "https://u@a.cn/")}
    assert all(refused.values()), refused
    assert outgoing.why_refused("https://hooks.example.com:8443/x") == ""
    assert outgoing.why_refused("https://a.cn/" + "x" * 3000) == "too long"
    settings.OUTGOING_ALLOW_LOOPBACK = True
    assert outgoing.why_refused("http://127.0.0.1:9/") == ""


@contextmanager
def server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server on loopback that talks so to whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            try:
                line, _ = listening.accept()
                with line:
                    line.recv(65536)
                    talk(line)
            except OSError:
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook"


def answer(head: str, body: bytes = b"") -> Callable[[socket.socket], None]:
    return lambda line: line.sendall(head.encode() + b"\r\n\r\n" + body)


@pytest.fixture
def loopback(settings):
    settings.OUTGOING_ALLOW_LOOPBACK = True


def test_development_may_talk_to_itself_and_to_nobody_else(loopback):
    with server(answer("HTTP/1.1 204 No Content\r\nContent-Length: 0")) as url:
        assert calling(url, "127.0.0.1").status_code == 204
    with pytest.raises(UrlRefused):
        calling("http://hooks.example.com/", "203.0.114.7")
    with pytest.raises(UrlRefused):
        calling("http://hooks.example.com/", "10.0.0.1", "127.0.0.1")


@pytest.mark.promise("P72")
def test_a_redirect_is_an_answer_and_leads_nowhere(loopback):
    with server(answer("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0")) as url:
        assert calling(url, "127.0.0.1").status_code == 302


def test_of_a_huge_answer_only_the_beginning_is_read(loopback):
    with server(answer("HTTP/1.1 200 OK\r\nContent-Length: 50000000", b"x" * 50_000)) as url:
        assert len(calling(url, "127.0.0.1", most_bytes=1000).content) == 1000


def test_a_packed_answer_is_not_unpacked(loopback):
    with server(answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4", b"bomb")) as url:
        assert calling(url, "127.0.0.1").content == b"bomb"


def test_who_answers_drop_by_drop_is_left_at_the_deadline(loopback):
    def drip(line: socket.socket) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
            line.send(bytes([byte]))
            time.sleep(0.02)

    with server(drip) as url, pytest.raises(httpx.ReadTimeout):
        calling(url, "127.0.0.1", timeout=0.2)


@pytest.mark.parametrize(
    ("talk", "error"),
    [
        (lambda line: None, httpx.RemoteProtocolError),
        (answer("no http at all"), httpx.RemoteProtocolError),
        (lambda line: time.sleep(1), httpx.ReadTimeout),
    ],
)
def test_a_broken_receiver_is_a_network_error_and_nothing_else(loopback, talk, error):
    with server(talk) as url, pytest.raises(error):
        calling(url, "127.0.0.1", timeout=0.3)


def test_who_is_not_there_was_surely_not_reached(loopback):
    with pytest.raises(httpx.ConnectError):
        calling("http://127.0.0.1:9/", "127.0.0.1")
    with pytest.raises(httpx.ConnectError):
        calling("https://nobody.example.com/")
