"""What a store is made of: its sealed files as it lists them, and the rows of its hot file."""

from pathlib import Path
from typing import Any

from culpa.store.engine import Store
from culpa.store.ledger import wal_of
from culpa.store.segments.listing import EVERYTHING, HOT_SEGMENT, ROWS, TIMES, Segment


def files(store: Store, hot: Path | None) -> list[Segment]:
    """Return the sealed files, the oldest first, then the hot one, which lies at `hot` if that is on this machine.

    Units: of the hot one `sealed_ns` is 0, and `bytes` -1 where they are not known from here.
    Errors: StoreError.
    """
    return [*_sealed(store), _hot(store, hot)]


def _sealed(store: Store) -> list[Segment]:
    known = store.query("select 1 as one from information_schema.tables where table_name = 'segments' limit 1")
    if not known.num_rows:
        # Of an earlier version, which sealed nothing.
        return []
    rows: list[dict[str, Any]] = store.query(
        "select name, epoch_ns(first_time) as first_ns, epoch_ns(last_time) as last_ns, rows, bytes, holds, "
        "epoch_ns(sealed_at) as sealed_ns from segment.data.segments where not dropped order by first_time, name"
    ).to_pylist()
    return [Segment(**row) for row in rows]


def _hot(store: Store, hot: Path | None) -> Segment:
    texts = [
        f"select count(*) as n, epoch_ns(min({TIMES[name]})) as first_ns, epoch_ns(max({TIMES[name]})) as last_ns "
        f'from segment.data."{name}"'
        for name in ROWS
    ]
    [row] = store.query(
        "select coalesce(sum(n), 0)::bigint as n, coalesce(min(first_ns), 0) as first_ns, "
        "coalesce(max(last_ns), 0) as last_ns "
        f"from ({' union all '.join(texts)}) as t"
    ).to_pylist()
    name = hot.name if hot else HOT_SEGMENT
    return Segment(name, row["first_ns"], row["last_ns"], row["n"], _bytes(hot), EVERYTHING, 0)


def _bytes(hot: Path | None) -> int:
    if hot is None:
        return -1
    wal = wal_of(hot)
    return hot.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
