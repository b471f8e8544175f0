"""A closed store of three sealed files and a hot one."""

import shutil
from pathlib import Path

import pytest

from culpa.store import DuckDBStore, hot_rows, seal

from ..segments.rows import judged, write


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one for all, which is copied."""
    folder = tmp_path_factory.mktemp("filled") / "store"
    folder.mkdir()
    with DuckDBStore(folder, writable=True, shared=True) as store:
        for number in range(3):
            write(store, number * 100, 100)
            judged(store, number * 100)
            seal(store, hot_rows(store))
        write(store, 300, 50)
    return folder


@pytest.fixture
def filled(filled_once: Path, tmp_path: Path) -> Path:
    """Return a store of 350 traces that a test may spoil."""
    return shutil.copytree(filled_once, tmp_path / "store")
