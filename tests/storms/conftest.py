"""One small book for all drills that need a house of their own."""

from pathlib import Path

import pytest

from . import house


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "house"
    house.found(folder)
    return folder
