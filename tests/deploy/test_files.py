"""The files an operator copies: alert rules, units, proxies."""

import re
import subprocess
from configparser import ConfigParser

import pytest
import yaml
from django.conf import settings
from prometheus_client.parser import text_string_to_metric_families

DEPLOY = settings.BASE_DIR / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
RULES = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
SCRIPTS = ["archive-wal", "backup", "create-app-role.sh", "new-env", "prepare", "restore"]


@pytest.mark.django_db
def test_every_alert_asks_for_what_is_told(client, settings):
    settings.METRICS_TOKEN = "a-token"
    client.get("/health/live")
    text = client.get("/metrics", headers={"Authorization": "Bearer a-token"}).content.decode()
    told = {sample.name for family in text_string_to_metric_families(text) for sample in family.samples} | {"up"}
    for rule in RULES:
        names = set(re.findall(r"\b(policyops_\w+|up)\b(?!\")", rule["expr"]))
        assert names, rule["alert"]
        assert names <= told
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_every_unit_gives_up_what_it_does_not_need(path):
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(path)
    service = unit["Service"]
    assert service["User"] in ("policyops", "postgres")
    assert (service["NoNewPrivileges"], service["ProtectSystem"], service["CapabilityBoundingSet"]) == (
        "yes",
        "strict",
        "",
    )
    assert service["ExecStart"].startswith("/srv/policyops/")


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_is_sound(name):
    text = (DEPLOY / name).read_text()
    shell = "bash" if "bash" in text.splitlines()[0] else "sh"
    assert "set -eu" in text
    subprocess.run([shell, "-n", DEPLOY / name], check=True)


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_a_proxy_keeps_the_inside_inside_and_says_itself_where_a_request_comes_from(name):
    text = (DEPLOY / name).read_text()
    assert "/metrics" in text
    assert "/health/" in text
    assert re.search(r"X-Forwarded-For (\{remote_host\}|\$remote_addr)", text)
    assert "X-Forwarded-Proto https" in text
