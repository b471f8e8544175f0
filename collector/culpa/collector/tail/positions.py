"""How far each log file was read: what is stored with the lines, and read back at the next start."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from culpa.store import arrow_schema

#: As many bytes at the start of a file tell it from others; log lines begin with a time.
_HEAD_BYTES = 256


@dataclass(frozen=True, slots=True)
class Position:
    """A file was read up to `offset`; `head`, `<n>:<digest of the first n bytes>`, tells the file again."""

    path: str
    inode: int
    head: str
    offset: int
    saved_ns: int = field(default=0, compare=False)


class _Queryable(Protocol):
    def query(self, sql: str) -> pa.Table: ...


def head_of(start: bytes, offset: int) -> str:
    """Return what tells a file from others, by as many of its first bytes as were read already."""
    part = start[: min(_HEAD_BYTES, offset)]
    return f"{len(part)}:{blake2b(part, digest_size=8).hexdigest()}" if part else "0:"


def is_head(head: str, start: bytes) -> bool:
    """Return whether a file that starts so is the one whose head that was; never true of an empty head."""
    length = int(head.partition(":")[0])
    return 0 < length <= len(start) and head == head_of(start, length)


def head_bytes(descriptor: int) -> bytes:
    """Return as many first bytes of an open file as a head may need."""
    import os

    return os.pread(descriptor, _HEAD_BYTES, 0)


def read_positions(store: _Queryable) -> list[Position]:
    """Return the newest position of every file that the store knows, oldest file first."""
    rows = store.query(
        'select path, inode, head, max("offset") as "offset", epoch_ns(max(saved_at)) as saved_ns from ('
        '    select path, inode, head, "offset", row_number() over ('
        '        partition by path, inode order by saved_at desc, "offset" desc) as age, saved_at'
        "    from segment.data.tail_positions) as newest "
        "where newest.age = 1 group by path, inode, head order by max(newest.saved_at)"
    )
    return [
        Position(str(row["path"]), int(row["inode"]), str(row["head"]), int(row["offset"]), int(row["saved_ns"]))
        for row in rows.to_pylist()
    ]


def position_rows(positions: Iterable[Position]) -> pa.Table:
    """Return positions as rows of `tail_positions`, saved now."""
    schema = arrow_schema("tail_positions")
    kept = list(positions)
    now = time.time_ns()
    columns: dict[str, Any] = {
        "path": pa.array([each.path for each in kept], pa.string()),
        "inode": pa.array([each.inode for each in kept], pa.uint64()),
        "head": pa.array([each.head for each in kept], pa.string()),
        "offset": pa.array([each.offset for each in kept], pa.uint64()),
        "saved_at": pa.array([now] * len(kept), pa.timestamp("ns")),
    }
    return pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)


def purge_positions(cursor: duckdb.DuckDBPyConnection) -> None:
    """Delete all but the newest position of every file, inside the caller's transaction."""
    cursor.execute(
        "delete from segment.data.tail_positions as old where exists ("
        "    select 1 from segment.data.tail_positions as newer"
        "    where newer.path = old.path and newer.inode = old.inode and newer.saved_at > old.saved_at)"
    )
