"""`.local`: keys, modes, the lock, the room on the disk."""

import os
import shutil
import stat
from collections import namedtuple
from pathlib import Path

import pytest

from policyops.local.home import Home, read_env, write_env, write_private
from policyops.local.problem import Problem


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_made_once_and_are_nobody_elses(home: Home) -> None:
    keys = home.load_keys()
    assert home.load_keys() == keys == read_env(home.keys)
    assert (mode(home.root), mode(home.keys)) == (0o700, 0o600)


def test_keys_that_are_gone_while_data_exists_are_refused_and_not_replaced(home: Home) -> None:
    home.load_keys()
    home.postgres.mkdir()
    home.keys.unlink()
    with pytest.raises(Problem, match=r"keys is gone while .* holds data"):
        home.load_keys()
    assert not home.keys.exists()


def test_one_key_that_is_gone_is_named(home: Home) -> None:
    keys = home.load_keys()
    home.postgres.mkdir()
    write_env(home.keys, {name: value for name, value in keys.items() if name != "FIELD_KEYS"})
    with pytest.raises(Problem, match=r"^FIELD_KEYS missing from .*keys while .* holds data"):
        home.load_keys()


def test_a_key_in_the_environment_wins(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANCHOR_KEY", "from outside")
    assert home.load_keys()["ANCHOR_KEY"] == "from outside"
    assert "ANCHOR_KEY" not in read_env(home.keys)


def test_a_second_supervisor_is_refused_with_the_first_ones_number(home: Home) -> None:
    sentence = rf"already runs from .* \(process {os.getpid()}\)"
    with home.locked(), pytest.raises(Problem, match=sentence), home.locked():
        pytest.fail("two supervisors hold one folder")
    assert home.holder() is None


def test_a_full_disk_is_said_before_anything_starts(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(2**30, 2**30 - 2**20, 2**20))
    with pytest.raises(Problem, match=r"The disk is full: 1 MB are free"):
        home.open()


def test_a_private_file_is_private_even_over_an_open_one(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert (path.read_text(), mode(path)) == ("new", 0o600)
