"""Append rows to the relations of a segment, inside a transaction of the caller."""

from collections.abc import Generator
from contextlib import contextmanager, suppress

import duckdb
import pyarrow as pa

#: Of the revisions of a verdict one counts: the newest of those that came now and the one that counted before.
_SUPERSEDE = """
update segment.data.verdict_revisions
set superseded = true
where rowid in (
    select r.rowid
    from segment.data.verdict_revisions as r
    semi join incoming_rows as i on r.trace_id = i.trace_id and r.request_span_id = i.request_span_id
    where r.superseded is not true and r.ended_at >= make_timestamp_ns($since_ns)
    qualify row_number() over (partition by r.trace_id, r.request_span_id order by r.judged_at desc, r.settled desc) > 1
)
"""


def append(
    cursor: duckdb.DuckDBPyConnection, relation: str, rows: pa.Table | pa.RecordBatch, since_ns: int = 0
) -> None:
    """Insert Arrow rows into `data.<relation>` of the segment, columns matched by name.

    What verdicts were before is looked for among the failures that ended from `since_ns` on, nanoseconds since 1970.
    """
    with registered(cursor, "incoming_rows", rows):
        cursor.execute(f'insert into segment.data."{relation}" by name select * from incoming_rows')
        if relation == "verdict_revisions":
            cursor.execute(_SUPERSEDE, {"since_ns": since_ns})


@contextmanager
def registered(cursor: duckdb.DuckDBPyConnection, name: str, rows: pa.Table | pa.RecordBatch) -> Generator[None]:
    """Let the cursor's statements read Arrow rows by `name` inside the block."""
    cursor.register(name, rows)
    try:
        yield
    except BaseException:
        # In a transaction that failed this fails too, and would hide the error that matters.
        with suppress(duckdb.Error):
            cursor.unregister(name)
        raise
    cursor.unregister(name)
