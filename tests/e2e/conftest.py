"""A real company in a real browser: the demo book on throw-away servers, the web server and a worker, and Chromium."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need requirements-dev")
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402  after the check that it is there

PROJECT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
RESULTS = PROJECT / "test-results"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
POLICIES = 240
DAY = "2026-11-22"
EXPECTED = re.compile(r"status of (409|422)")
LOCALES = {"zh": "zh-CN", "en": "en-GB"}


@dataclass(frozen=True)
class Site:
    """Where the back office runs, and how each role signs in."""

    url: str
    accounts: dict[str, tuple[str, str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e" in str(item.path):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo book, served. Needs servers of its own (``make e2e``); another test run's are never touched."""
    if "DATABASE_OWNER_URL" not in os.environ:
        pytest.skip("no throw-away servers here: make e2e")
    folder = tmp_path_factory.mktemp("site")
    environment = {key: value for key, value in os.environ.items() if key not in {"TESTING", "DATABASE_ROLE"}}
    environment["ENVIRONMENT_LABEL"] = "演示环境"
    manage(environment | {"DATABASE_ROLE": "owner"}, "migrate", "--noinput")
    manage(environment | {"DATABASE_ROLE": "owner"}, "grant_app")
    manage(environment, "compile_messages")
    accounts = folder / "accounts.txt"
    manage(environment, "demo", f"--size={POLICIES}", f"--day={DAY}", f"--accounts={accounts}")
    port = free_port()
    web = ["-m", "gunicorn", "policyops.wsgi", f"--bind=127.0.0.1:{port}", "--threads=4", "--no-control-socket"]
    worker = ["-m", "celery", "-A", "policyops", "worker", "--concurrency=1", "--without-gossip", "--without-mingle"]
    children = [start(environment, folder / "web.log", web), start(environment, folder / "worker.log", worker)]
    try:
        wait_for(f"http://127.0.0.1:{port}/health/live", folder / "web.log")
        yield Site(f"http://127.0.0.1:{port}", read_accounts(accounts))
    finally:
        for child in reversed(children):
            stop(child)


def manage(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    result = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]


def start(environment: dict[str, str], log: Path, arguments: list[str]) -> subprocess.Popen:
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=PROJECT, env=environment, stdout=output, stderr=output, process_group=0
        )


def stop(child: subprocess.Popen) -> None:
    os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address: str, log: Path, seconds: int = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    pytest.fail(f"the web server did not come up:\n{log.read_text()[-2000:]}")


def read_accounts(path: Path) -> dict[str, tuple[str, str]]:
    """User name and password, by role (the first who has it) and by user name."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        username, password, role, *_name = line.split()
        found.setdefault(role, (username, password))
        found[username] = (username, password)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not here: .ci/browser installs it")
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield found
        found.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator[Visit]:
    """``visit("supervisor", lang="en")`` → a page on the workbench, signed in; ``visit()`` → the login page.

    Anything the page complains of in its console fails the test: a broken script, something loaded from elsewhere.
    """
    contexts, complaints = [], []

    def open_page(role: str = "", *, lang: str = "zh", width: int = 1366, height: int = 900) -> Page:
        context = browser.new_context(
            base_url=site.url,
            locale=LOCALES[lang],
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("request", lambda request: None if request.url.startswith(site.url) else complaints.append(request.url))
        page.goto("/admin/login/")
        if role:
            username, password = site.accounts[role]
            page.fill("#id_username", username)
            page.fill("#id_password", password)
            page.click("button.main")
            page.wait_for_url("**/admin/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    unexpected = [text for text in complaints if not EXPECTED.search(text)]
    assert unexpected == []


@pytest.fixture
def shoot() -> Callable[..., None]:
    """Keep a picture for people to look at, of the whole page or of what the window shows of it."""

    def keep(page: Page, name: str, *, whole: bool = True) -> None:
        RESULTS.mkdir(exist_ok=True)
        page.screenshot(path=RESULTS / f"{name}.png", full_page=whole)

    return keep
