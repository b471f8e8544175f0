"""Drop rows that are stored already: first write wins. Cheap when nothing repeats, exact when something does.

Every key of a batch is looked up in a Bloom filter over the newest rows. Only what it may hold, what repeats
inside the batch, and what is older than the filter remembers is compared with the store.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from culpa.collector.writer.bloom import Hashes, Recent, hash_texts
from culpa.store import registered

_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Key:
    """What makes a row of a relation the same row, and the time that both copies carry.

    `slack_ns`: how far the times of two copies may lie apart: a log record tells of an exception after the
    span did.
    """

    columns: tuple[str, ...]
    time: str
    slack_ns: int = 0


KEYS = {
    "spans": Key(("trace_id", "span_id"), "start_time"),
    "exceptions": Key(("exception_id",), "time", slack_ns=3600 * 10**9),
    "logs": Key(("log_id",), "time"),
    "access": Key(("access_id",), "start_time"),
}


class Repeats:
    """Remembers which rows were stored, for all relations that have a key.

    Not thread-safe: the insert thread owns it.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, sealed_until_ns: int = 0) -> None:
        """Learn the newest rows that the store holds.

        Units: in sealed files are rows until `sealed_until_ns`, nanoseconds since 1970.
        """
        self._recent = {relation: Recent() for relation in KEYS}
        for relation, key in KEYS.items():
            self._learn(cursor, relation, key)
            if sealed_until_ns:
                self._recent[relation].forget_until(sealed_until_ns)

    def _learn(self, cursor: duckdb.DuckDBPyConnection, relation: str, key: Key) -> None:
        recent = self._recent[relation]
        table = f'segment.data."{relation}"'
        # fetchall: a result that is not read to its end blocks the cursor.
        [(total,)] = cursor.execute(f"select count(*) from {table}").fetchall()
        skipped = max(0, total - recent.capacity)
        if skipped:
            [(newest_ns,)] = cursor.execute(
                f'select max(epoch_ns("{key.time}")) from {table} where rowid < $skipped',
                {"skipped": skipped},
            ).fetchall()
            recent.forget_until(newest_ns or 0)
        columns = ", ".join(f'"{name}"' for name in (*key.columns, key.time))
        newest_rows = cursor.sql(f"select {columns} from {table} where rowid >= $skipped", params={"skipped": skipped})
        for batch in newest_rows.to_arrow_reader(100_000):
            rows = pa.Table.from_batches([batch])
            recent.add(_hashes(rows, key), _times(rows, key))

    def fresh(self, cursor: duckdb.DuckDBPyConnection, relation: str, rows: pa.Table) -> pa.Table:
        """Return the rows that the store does not hold, each once, in their order.

        Promise: may be called again for rows whose transaction failed.
        """
        key = KEYS.get(relation)
        if key is None or not rows.num_rows:
            return rows
        recent = self._recent[relation]
        hashes, times = _hashes(rows, key), _times(rows, key)
        doubtful = recent.may_hold(hashes) | _repeated(hashes) | (times <= recent.forgotten_until)
        recent.add(hashes, times)
        if not doubtful.any():
            return rows
        keep = ~doubtful
        keep[_unknown(cursor, relation, key, rows, np.flatnonzero(doubtful), times)] = True
        return rows if keep.all() else rows.filter(pa.array(keep))


def _hashes(rows: pa.Table, key: Key) -> Hashes:
    return hash_texts([rows.column(name) for name in key.columns])


def _times(rows: pa.Table, key: Key) -> npt.NDArray[np.int64]:
    times: npt.NDArray[np.int64] = rows.column(key.time).cast(pa.int64()).to_numpy()
    return times


def _repeated(hashes: Hashes) -> _Mask:
    """Mark every row whose hash occurs more than once in the batch."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    same = ordered[1:] == ordered[:-1]
    mask = np.zeros(len(hashes), dtype=np.bool_)
    if same.any():
        mask[order[1:][same]] = True
        mask[order[:-1][same]] = True
    return mask


def _unknown(
    cursor: duckdb.DuckDBPyConnection,
    relation: str,
    key: Key,
    rows: pa.Table,
    at: npt.NDArray[np.intp],
    times: npt.NDArray[np.int64],
) -> Sequence[int]:
    """Ask the store which of the doubtful rows it does not hold; of equal ones the first is named."""
    positions = pa.array(at, pa.int64())
    doubtful = rows.select(list(key.columns)).take(positions).append_column("position", positions)
    names = ", ".join(f'"{name}"' for name in key.columns)
    same = " and ".join(f'stored."{name}" = doubtful."{name}"' for name in key.columns)
    with registered(cursor, "doubtful_rows", doubtful):
        found = cursor.execute(
            f"""
            with stored as (
                select {names} from "{relation}" as kept
                where kept."{key.time}" between make_timestamp_ns($first) and make_timestamp_ns($last)
            )
            select min(doubtful.position) as position
            from doubtful_rows as doubtful anti join stored on {same}
            group by {names}
            """,
            {
                "first": max(int(times[at].min()) - key.slack_ns, -(2**62)),
                "last": min(int(times[at].max()) + key.slack_ns, 2**63 - 2),
            },
        ).fetchall()
    return [position for (position,) in found]
