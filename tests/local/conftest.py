import sys
from pathlib import Path

import pytest

from policyops.local.home import KEYS, Home

GIVEN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "EMAIL_URL", "DEV_INBOX_URL", "ANCHOR_FILE", *KEYS)


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite itself runs against servers of its own; the launcher under test must not see them."""
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "local")
    home.open()
    return home


@pytest.fixture
def launcher() -> list[str]:
    return [sys.executable, "-m", "policyops.local"]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary directory of our own, so that what a launcher leaves behind can be seen."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path
