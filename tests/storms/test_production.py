"""The programs as the image runs them, in production's settings; then each part is killed and its light turns (P78)."""

import re
import sys

import pytest

from .house import House, get, moved_in, wait_until

pytestmark = pytest.mark.storm
TURNS_WITHIN = 60
SIGN_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from apps.accounts.models import User
user, session = User.objects.filter(is_active=True).order_by("pk").first(), SessionStore()
backend = "apps.accounts.backends.AccountBackend"
session.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: backend})
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print(session.session_key)
"""
TOKEN = {"Authorization": "Bearer a-token"}


@pytest.fixture
def house(template, tmp_path):
    with moved_in(template, tmp_path / "house", METRICS_TOKEN="a-token", SWEEP_SECONDS="3") as house:
        house.start_postgres().prepare()
        house.start_valkey()
        yield house


def lights(address: str) -> dict[str, str]:
    facts = get(address, "/health/ready")[1]
    return {name: light["state"] for name, light in facts["lights"].items()}


def a_session(house: House) -> dict[str, str]:
    """The cookie of somebody who signed in before the trouble began."""
    key = house.manage("shell", "-v0", "-c", SIGN_IN).strip()
    return {"Cookie": f"sessionid={key}"}


def kill(house: House, name: str) -> None:
    child = next(child for child in house.children if child.name == name)
    child.process.kill()
    child.process.wait()
    house.children.remove(child)


@pytest.mark.promise("P76")
def test_the_image_serves_hashed_files_answers_its_health_checks_and_passes_djangos(house):
    house.env |= {"STATIC_HASHED": "1", "STATIC_ROOT": str(house.folder / "static"), "SCANNER_ADDRESS": "scanner:3310"}
    house.manage("collectstatic", "--noinput", "-v0")
    address = house.start_web(WEB_WORKERS="2")
    port = address.rpartition(":")[2]
    house.run(sys.executable, "deploy/healthy.py", "web", WEB_BIND=f"127.0.0.1:{port}")
    status, page = get(address, "/admin/login/")
    assert status == 200
    style = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page.decode())[1]
    assert get(address, style, {"Accept-Encoding": "gzip"})[1].startswith(b"\x1f\x8b"), "compressed once, in the image"
    for _ in range(6):
        get(address, "/health/live")
    told = get(address, "/metrics", TOKEN)[1].decode()
    counted = re.search(r'policyops_request_seconds_count\{.*route="health/live".*\} (\S+)', told)
    assert float(counted[1]) >= 6, "of all processes, whichever is asked"
    house.manage("check", "--deploy", "--tag=security", "--fail-level=WARNING")


@pytest.mark.promise("P78")
def test_each_part_that_is_killed_turns_its_light_and_the_pages_stay_up(house):
    address, signed_in = house.start_web(), a_session(house)
    celery = ("-m", "celery", "-A", "policyops")
    house.start("worker", *celery, "worker", "--concurrency=1", "--without-gossip", "--without-mingle")
    house.start("beat", *celery, "beat", "--pidfile=", f"--schedule={house.folder / 'beat'}")
    wait_until(lambda: lights(address)["beat"] == "ok", TURNS_WITHIN)
    house.run(sys.executable, "deploy/healthy.py", "worker")

    kill(house, "worker")
    took = {"queue": wait_until(lambda: lights(address)["queue"] == "late", TURNS_WITHIN)}
    took["beat"] = wait_until(lambda: lights(address)["beat"] == "late", TURNS_WITHIN)
    kill(house, "Valkey")
    took["redis"] = wait_until(lambda: lights(address)["redis"] == "down", TURNS_WITHIN)
    assert get(address, "/health/ready")[0] == get(address, "/admin/", signed_in)[0] == 200
    kill(house, "PostgreSQL")
    took["database"] = wait_until(lambda: get(address, "/health/ready")[0] == 503, TURNS_WITHIN)
    assert get(address, "/health/live")[0] == 200
    print(", ".join(f"{name} after {seconds:.1f} s" for name, seconds in took.items()))
