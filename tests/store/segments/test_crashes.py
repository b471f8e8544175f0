"""Whatever moment the power fails at: after the next start every row is there once, and nothing is left half done."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from culpa.store import DuckDBStore, StoreUnavailable, hot_rows, seal

from .rows import counts, whole, write

#: Killed before or after that function of the module, while rows are sealed or files written anew.
_KILL = """
import os, signal, sys
from importlib import import_module
from culpa.store import EVERYTHING, DuckDBStore, hot_rows, rewrite, seal
folder, move, when, module, name = sys.argv[1:]
place = import_module(module)
original = getattr(place, name)
def die(*args, **kwargs):
    if when == "after":
        original(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
store = DuckDBStore(folder, writable=True, shared=True)
setattr(place, name, die)
if move == "seal":
    seal(store, hot_rows(store))
else:
    rewrite(store, store.sealed.parts, EVERYTHING)
print("survived", flush=True)
"""
_MOVES = "culpa.store.segments.moves"
MOMENTS = [
    ("before", _MOVES, "_made"),
    ("after", _MOVES, "_made"),
    ("before", _MOVES, "_commit"),
    ("before", _MOVES, "_mark_dropped"),  # inside of the commit
    ("after", _MOVES, "_commit"),
    ("before", _MOVES, "give_name"),
    ("after", _MOVES, "give_name"),
    ("after", _MOVES, "_tidy"),
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of two sealed files and a hot one."""
    folder = tmp_path_factory.mktemp("filled") / "store"
    folder.mkdir()
    with DuckDBStore(folder, writable=True, shared=True) as store:
        for number in range(2):
            write(store, number * 20, 20)
            seal(store, hot_rows(store))
        write(store, 40, 20)
    return folder


@pytest.mark.parametrize("move", ["seal", "rewrite"])
@pytest.mark.parametrize(("when", "module", "name"), MOMENTS)
def test_a_kill_loses_and_doubles_nothing(
    filled: Path, tmp_path: Path, move: str, when: str, module: str, name: str
) -> None:
    folder = shutil.copytree(filled, tmp_path / "store")
    command = [sys.executable, "-c", _KILL, str(folder), move, when, module, name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert -signal.SIGKILL == done.returncode, done.stderr
    with DuckDBStore(folder, writable=True, shared=True) as store:
        assert whole(60) == counts(store)
        assert not [path.name for path in folder.iterdir() if "making" in path.name]
        # It goes on as if nothing had been.
        write(store, 60, 20)
        seal(store, hot_rows(store))
        assert whole(80) == counts(store)
    with DuckDBStore(folder) as reader:
        assert whole(80) == counts(reader)


def test_a_file_that_cannot_be_written_changes_nothing(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that is full: the rows stay in the hot file, and the next try starts anew."""
    folder = shutil.copytree(filled, tmp_path / "store")
    small = tmp_path / "python"
    small.write_text(f'#!/bin/sh\nulimit -f 64\nexec {sys.executable} "$@"\n')
    small.chmod(0o755)
    with DuckDBStore(folder, writable=True, shared=True) as store:
        write(store, 60, 20_000)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "executable", str(small))
            with pytest.raises(StoreUnavailable, match=r"sealed-000003\.duckdb\.making could not be written"):
                seal(store, hot_rows(store))
        assert whole(20_060) == counts(store)
        assert not [path.name for path in folder.iterdir() if "making" in path.name]
        seal(store, hot_rows(store))
        assert whole(20_060) == counts(store)
