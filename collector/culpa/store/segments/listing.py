"""Which sealed files belong to a store, and where they lie."""

import logging
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

logger = logging.getLogger("culpa.store")

#: Relations whose rows move into sealed files, and what tells one row from another.
ROWS = {
    "spans": ("trace_id", "span_id"),
    "exceptions": ("exception_id",),
    "logs": ("log_id",),
    "access": ("access_id",),
    "metric_points": ("name", "service_name", '"time"'),
}
#: The time that a row is of.
TIMES = {
    "spans": "start_time", "exceptions": '"time"', "logs": '"time"', "access": "start_time", "metric_points": '"time"',
}  # fmt: skip
#: The name of the segment that is written now, inside a store directory.
HOT_SEGMENT = "hot.duckdb"
EVERYTHING, FAILING = "everything", "failing"
#: A list may come from a stranger, and must not lead out of its folder.
_NAME = re.compile(r"sealed-(\d{6,})\.duckdb")
_MAKING = ".making"


@dataclass(frozen=True)
class Segment:
    """One sealed file. Units: nanoseconds since 1970, bytes."""

    name: str
    first_ns: int
    last_ns: int
    rows: int
    bytes: int
    holds: str
    sealed_ns: int
    is_dropped: bool = False

    @property
    def catalog(self) -> str:
        """Return the name under which the engine knows it."""
        return self.name.removesuffix(".duckdb").replace("-", "_")

    @property
    def until_ns(self) -> int:
        """Return the latest time of its rows, but for clocks that are ahead of ours."""
        return min(self.last_ns, self.sealed_ns)

    def place(self, folder: Path) -> Path:
        """Return where it lies: under the name of a file that is being made if a crash came before it got its own."""
        final = folder / self.name
        making = making_of(final)
        return making if making.exists() and not final.exists() else final


def making_of(final: Path) -> Path:
    """Return the name that a sealed file has until it is listed."""
    return final.with_name(final.name + _MAKING)


def rebuilt_of(hot: Path) -> Path:
    """Return the name that a file which takes the place of this one has until then."""
    return hot.with_name(hot.name + _MAKING)


def remove_rebuilt(hot: Path) -> None:
    """Remove what is left of one that did not take its place, and its log."""
    for path in (rebuilt_of(hot), rebuilt_of(hot).with_name(f"{rebuilt_of(hot).name}.wal")):
        path.unlink(missing_ok=True)


def segments(connection: duckdb.DuckDBPyConnection) -> tuple[Segment, ...]:
    """Return the sealed files that the attached `segment` lists, the oldest first.

    Promise: of a stranger's segment no code runs and no other file is touched.
    """
    is_table = connection.execute(
        "select 1 from duckdb_tables() "
        "where database_name = 'segment' and schema_name = 'data' and table_name = 'segments'"
    ).fetchall()
    if not is_table:
        return ()
    rows = connection.execute(
        "select name, epoch_ns(first_time), epoch_ns(last_time), rows, bytes, holds, epoch_ns(sealed_at), dropped "
        "from segment.data.segments order by first_time, name"
    ).fetchall()
    return tuple(Segment(*row) for row in rows if _NAME.fullmatch(row[0]))


def standing(connection: duckdb.DuckDBPyConnection) -> tuple[Segment, ...]:
    """Return the sealed files whose rows count, the oldest first."""
    return tuple(one for one in segments(connection) if not one.is_dropped)


def enlist(cursor: duckdb.DuckDBPyConnection, one: Segment) -> None:
    """Write a sealed file into the list."""
    cursor.execute(
        "insert into segment.data.segments values ($name, make_timestamp_ns($first), make_timestamp_ns($last), "
        "$rows, $bytes, $holds, make_timestamp_ns($sealed), false)",
        {
            "name": one.name,
            "first": one.first_ns,
            "last": one.last_ns,
            "rows": one.rows,
            "bytes": one.bytes,
            "holds": one.holds,
            "sealed": one.sealed_ns,
        },
    )


def next_name(folder: Path, known: Iterable[Segment]) -> str:
    """Return a name that no sealed file of the store has or had: also one that nobody lists keeps its own."""
    names = [one.name for one in known] + [path.name.removesuffix(_MAKING) for path in folder.glob("sealed-*")]
    numbers = [int(found.group(1)) for name in names if (found := _NAME.fullmatch(name))]
    return f"sealed-{max(numbers, default=0) + 1:06}.duckdb"


def finish(folder: Path, known: Iterable[Segment]) -> None:
    """End what a crash left half done: a listed file gets its name, one that was never listed goes.

    A file with a final name that nobody lists is somebody's data (of a backup, of a newer hot file): it stays.
    """
    known = tuple(known)
    remove_rebuilt(folder / HOT_SEGMENT)
    for one in known:
        if not one.is_dropped:
            give_name(folder, one)
    listed = {one.name for one in known}
    for path in folder.glob(f"sealed-*.duckdb{_MAKING}"):
        remove_making(path)
    for path in folder.glob("sealed-*.duckdb"):
        if path.name not in listed:
            logger.warning(
                "%s is no part of this store: its list does not name it; `culpa store verify` says what it holds", path
            )


def give_name(folder: Path, one: Segment) -> None:
    """Give a file that is listed its final name, durably."""
    final = folder / one.name
    with suppress(FileNotFoundError):
        if not final.exists():
            making_of(final).rename(final)
            sync_folder(folder)


def remove_making(path: Path) -> None:
    """Remove a file that is being made, and what the engine put beside it."""
    if _NAME.fullmatch(path.name.removesuffix(_MAKING)):
        path.unlink(missing_ok=True)
        for beside in path.parent.glob(f"{path.name}.*"):
            if beside.is_dir():
                shutil.rmtree(beside, ignore_errors=True)
            else:
                beside.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make names of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
