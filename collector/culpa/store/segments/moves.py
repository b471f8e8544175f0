"""What the owner of a store does with its segments: seal rows of the hot file, write sealed files anew, drop them.

Each move is one commit of the hot file, which lists what counts from then on. Before it nothing has changed, after it
everything has; what a crash leaves to tidy is tidied when the store is opened.
"""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import duckdb

from culpa.store.arrow_alone import BLAS_THREADS
from culpa.store.errors import StoreUnavailable
from culpa.store.forgetting.wish import Wish
from culpa.store.segments.listing import (
    EVERYTHING,
    ROWS,
    Segment,
    enlist,
    give_name,
    making_of,
    next_name,
    remove_making,
    segments,
    standing,
)
from culpa.store.segments.order import Made, Order
from culpa.store.segments.sums import hot_end, hot_sum

if TYPE_CHECKING:
    from culpa.store.duckdb import DuckDBStore

logger = logging.getLogger("culpa.store")

#: A process that writes a file longer than this hangs.
_MOST_S = 3600.0
#: Whoever has the list of before opens the files of before within so long.
_GRACE_NS = 60 * 10**9


def hot_rows(store: "DuckDBStore") -> dict[str, int]:
    """Return the number behind the last row of each relation whose rows can be sealed."""
    with store.cursor() as cursor:
        return {relation: hot_end(cursor, relation) for relation in ROWS}


def count_rows(store: "DuckDBStore", rows: Mapping[str, int]) -> int:
    """Return how many of the first `rows` of each relation are still in the hot file."""
    with store.cursor() as cursor:
        return sum(
            cursor.execute(f'select count(*) from segment.data."{relation}" where rowid < {count}').fetchall()[0][0]
            for relation, count in rows.items()
        )


def hot_since_ns(store: "DuckDBStore") -> int:
    """Return a time, nanoseconds since 1970, that no row of the hot file lies there longer than. Errors: StoreError."""
    with store.cursor() as cursor:
        sealed = [one.sealed_ns for one in standing(cursor)]
        noted = cursor.execute("select value from segment.data.segment_meta where key = 'watched_since'").fetchall()
    if sealed or noted:
        return max([*sealed, *(int(value) for (value,) in noted)])
    now_ns = time.time_ns()
    with store.transaction() as cursor:
        cursor.execute("insert into segment.data.segment_meta values ('watched_since', $now)", {"now": str(now_ns)})
    return now_ns


def forget_verdicts(store: "DuckDBStore", before_ns: int) -> None:
    """Remove verdicts, changes and alarms from before this time, nanoseconds since 1970. Errors: StoreError."""
    with store.transaction() as cursor:
        for relation, time_of in (
            ("verdict_revisions", "ended_at"),
            ("changes", '"time"'),
            ("alarm_events", '"time"'),
            ("alarm_deliveries", '"time"'),
            ("onward_deliveries", '"time"'),
        ):
            cursor.execute(
                f"delete from segment.data.{relation} where {time_of} < make_timestamp_ns($before)",
                {"before": before_ns},
            )


def seal(store: "DuckDBStore", rows: Mapping[str, int]) -> Segment | None:
    """Move the first `rows` of each relation out of the hot file into a new sealed one; None if there are none.

    Errors: StoreError; then all rows are where they were, or all are moved.
    """
    if not count_rows(store, rows):
        return None
    return _write(store, rows, (), EVERYTHING, time.time_ns())


def rewrite(store: "DuckDBStore", parts: Sequence[Segment], holds: str) -> Segment | None:
    """Write sealed files anew as one that `holds` everything of them, or what failed; None if nothing is left.

    Errors: StoreError; then the files of before count on.
    """
    return _write(store, {}, parts, holds, max(one.sealed_ns for one in parts))


def rewrite_without(store: "DuckDBStore", part: Segment, wish: Wish) -> Segment | None:
    """Write a sealed file anew without the rows that are meant; None if nothing is left. Errors: as for `rewrite`."""
    return _write(store, {}, [part], part.holds, part.sealed_ns, wish)


def drop(store: "DuckDBStore", parts: Sequence[Segment]) -> None:
    """Forget all rows of sealed files. Errors: StoreError."""
    with store.transaction() as cursor:
        _mark_dropped(cursor, parts)
    store.sealed.refresh()


def remove_dropped(store: "DuckDBStore", grace_ns: int = _GRACE_NS) -> None:
    """Remove the files whose rows count no longer, once nobody can have the list of before. Errors: StoreError."""
    with store.cursor() as cursor:
        gone = [one for one in segments(cursor) if one.is_dropped and one.sealed_ns < time.time_ns() - grace_ns]
    for one in gone:
        with suppress(FileNotFoundError):
            one.place(store.sealed.folder).unlink()
    if gone:
        with store.transaction() as cursor:
            for one in gone:
                cursor.execute("delete from segment.data.segments where name = $name and dropped", {"name": one.name})


def _write(
    store: "DuckDBStore",
    rows: Mapping[str, int],
    parts: Sequence[Segment],
    holds: str,
    sealed_ns: int,
    wish: Wish | None = None,
) -> Segment | None:
    folder = store.sealed.folder
    # What is in the log would be read row by row, in memory.
    store.checkpoint_aside()
    with store.cursor() as cursor:
        name = next_name(folder, segments(cursor))
    making = making_of(folder / name)
    try:
        with store.snapshot() as snapshot:
            order = Order(
                hot_path=snapshot.path,
                wal_bytes=snapshot.wal_bytes,
                target=str(making.resolve()),
                hot_rows=dict(rows),
                sealed=tuple(one.name for one in parts),
                # What is left of the healthy ones was chosen once.
                holds=EVERYTHING if wish else holds,
                wish=wish or Wish(),
            )
            made = _made(order)
            _check(store, made)
            new = Segment(name, made.first_ns, made.last_ns, made.rows, made.bytes, holds, sealed_ns)
            _commit(store, made.hot_rows, new if made.rows else None, parts)
    finally:
        _tidy(store, name)
    if rows:
        # Only then the room of the rows that left is free again.
        store.checkpoint_aside()
    return new if made.rows else None


def _made(order: Order) -> Made:
    """Run the process that writes the file. Errors: StoreUnavailable."""
    command = [sys.executable, "-P", "-m", "culpa.store.segments.rewrite"]
    try:
        done = subprocess.run(
            command,
            input=order.text(),
            capture_output=True,
            text=True,
            timeout=_MOST_S,
            check=False,
            cwd="/",
            env={name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG", BLAS_THREADS) if name in os.environ},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StoreUnavailable(f"{order.target} could not be written: {error}; it is tried again later") from error
    try:
        if done.returncode:
            raise ValueError(done.stderr.strip() or f"exit status {done.returncode}")
        return Made.of(done.stdout)
    except (ValueError, json.JSONDecodeError) as error:
        raise StoreUnavailable(f"{order.target} could not be written: {error}; it is tried again later") from error


def _check(store: "DuckDBStore", made: Made) -> None:
    """Make sure that the rows that leave the hot file are those that the new one holds. Errors: StoreUnavailable."""
    with store.cursor() as cursor:
        for relation, count in made.hot_rows.items():
            found = hot_sum(cursor, relation, count)
            if found != made.hot_sums[relation]:
                raise StoreUnavailable(
                    f"rows of {relation} changed while being sealed ({made.hot_sums[relation][0]}, now {found[0]}); "
                    "nothing is moved; it is tried again later"
                )


def _commit(store: "DuckDBStore", rows: Mapping[str, int], new: Segment | None, parts: Sequence[Segment]) -> None:
    if new or parts:
        store.sealed.expect([new] if new else [], parts)
    with store.transaction() as cursor:
        if new:
            enlist(cursor, new)
        _mark_dropped(cursor, parts)
        for relation, count in rows.items():
            cursor.execute(f'delete from segment.data."{relation}" where rowid < {count}')


def _mark_dropped(cursor: duckdb.DuckDBPyConnection, parts: Sequence[Segment]) -> None:
    for one in parts:
        # From now on it says since when nobody should read it.
        cursor.execute(
            "update segment.data.segments set dropped = true, sealed_at = make_timestamp_ns($now) where name = $name",
            {"name": one.name, "now": time.time_ns()},
        )


def _tidy(store: "DuckDBStore", name: str) -> None:
    """Give the new file its name if it is listed, else remove it; then read what is listed."""
    folder = store.sealed.folder
    with store.cursor() as cursor:
        listed = {one.name: one for one in standing(cursor)}
    if name in listed:
        give_name(folder, listed[name])
    store.sealed.refresh()
    if name not in listed:
        remove_making(making_of(folder / name))
