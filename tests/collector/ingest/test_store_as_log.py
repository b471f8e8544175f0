"""A log to follow whose name leads to the store's own file: to read and close it would give up the engine's lock."""

import os
from pathlib import Path

import pytest

from culpa.collector.formats import by_name
from culpa.collector.tail.generation import Generation
from culpa.collector.tail.siblings import _look  # pyright: ignore[reportPrivateUsage] - the one place that opens siblings
from culpa.store import DuckDBStore
from culpa.store.held import open_other


def _locks(path: Path) -> int:
    inode = str(path.stat().st_ino)
    lines = Path("/proc/locks").read_text("ascii").splitlines()
    return sum(f":{inode} " in line and f" {os.getpid()} " in line for line in lines)


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_the_store_is_no_log(tmp_path: Path, link: object) -> None:
    """By whatever name it comes; the lock stays, and after the store is closed it is a file like others."""
    place = tmp_path / "hot.duckdb"
    name = tmp_path / "access.log"
    with DuckDBStore(place, writable=True):
        link(place, name)  # type: ignore[operator]
        before = _locks(place)
        with pytest.raises(OSError, match="the store itself"):
            Generation.open(name, name, by_name("nginx_combined"))
        assert _look(name) is None
        assert (before, True) == (_locks(place), before > 0)
    os.close(open_other(name, os.O_RDONLY))
