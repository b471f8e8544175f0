"""The shared room: what culpa keeps. Whoever reads opens `open_store(where)`; no other room imports a module of it."""

from pathlib import Path
from typing import TYPE_CHECKING

from culpa.instrumentation.late import late
from culpa.store.arrow_alone import use_arrow_alone
from culpa.store.engine import Parameter, Store
from culpa.store.errors import (
    NotAStore,
    QueryFailed,
    QueryRefused,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreGone,
    StoreLocked,
    StoreNotFound,
    StoreRefused,
    StoreRewritten,
    StoreUnavailable,
)
from culpa.store.sizes import bytes_text
from culpa.store.snapshot import Snapshot

if TYPE_CHECKING:
    from culpa.store.appending import append, registered
    from culpa.store.attached import ENGINE, ROW_GROUP_ROWS
    from culpa.store.backup.order import PackingOrder
    from culpa.store.backup.process import PACKING, packing_environment, packing_failure
    from culpa.store.client import Answered, fetch
    from culpa.store.disk import free_bytes
    from culpa.store.duckdb import DuckDBStore
    from culpa.store.guard import shut_in
    from culpa.store.held import open_other
    from culpa.store.ledger import mark_of, wal_of
    from culpa.store.meanings import column_meanings
    from culpa.store.otlp.lines import otlp_export, otlp_line
    from culpa.store.readonly import reading
    from culpa.store.remote import RemoteStore
    from culpa.store.schema import arrow_schema, arrow_schemas
    from culpa.store.segments.listing import EVERYTHING, FAILING, HOT_SEGMENT, Segment
    from culpa.store.segments.moves import (
        count_rows,
        drop,
        forget_verdicts,
        hot_rows,
        hot_since_ns,
        remove_dropped,
        rewrite,
        seal,
    )
    from culpa.store.segments.neighbours import MOST_ROWS, neighbours
    from culpa.store.segments.united import prepare
    from culpa.store.since import NotATime, since_ns
    from culpa.store.snapshot_reader import PICTURE, Reading
    from culpa.store.telling import tell
    from culpa.store.values import iso, json_rows, ns_of, ns_rows, python_rows, unique
    from culpa.store.writing import WRITERS, AnswerWriter, csv_lines
else:
    # They import DuckDB and Arrow, for which no command's help should wait.
    __getattr__, __dir__ = late(
        __name__,
        appending=["append", "registered"],
        attached=["ENGINE", "ROW_GROUP_ROWS"],
        client=["Answered", "fetch"],
        disk=["free_bytes"],
        duckdb=["DuckDBStore"],
        guard=["shut_in"],
        held=["open_other"],
        ledger=["mark_of", "wal_of"],
        meanings=["column_meanings"],
        readonly=["reading"],
        remote=["RemoteStore"],
        schema=["arrow_schema", "arrow_schemas"],
        **{
            "otlp.lines": ["otlp_export", "otlp_line"],
            "backup.order": ["PackingOrder"],
            "backup.process": ["PACKING", "packing_environment", "packing_failure"],
            "segments.listing": ["EVERYTHING", "FAILING", "HOT_SEGMENT", "Segment"],
            "segments.moves": [
                "count_rows",
                "drop",
                "forget_verdicts",
                "hot_rows",
                "hot_since_ns",
                "remove_dropped",
                "rewrite",
                "seal",
            ],
            "segments.neighbours": ["MOST_ROWS", "neighbours"],
            "segments.united": ["prepare"],
        },
        since=["NotATime", "since_ns"],
        snapshot_reader=["PICTURE", "Reading"],
        telling=["tell"],
        values=["iso", "json_rows", "ns_of", "ns_rows", "python_rows", "unique"],
        writing=["WRITERS", "AnswerWriter", "csv_lines"],
    )

__all__ = [
    "ENGINE",
    "EVERYTHING",
    "FAILING",
    "HOT_SEGMENT",
    "MOST_ROWS",
    "PACKING",
    "PICTURE",
    "ROW_GROUP_ROWS",
    "WRITERS",
    "AnswerWriter",
    "Answered",
    "DuckDBStore",
    "NotAStore",
    "NotATime",
    "PackingOrder",
    "Parameter",
    "QueryFailed",
    "QueryRefused",
    "Reading",
    "RemoteStore",
    "Segment",
    "Snapshot",
    "Store",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreGone",
    "StoreLocked",
    "StoreNotFound",
    "StoreRefused",
    "StoreRewritten",
    "StoreUnavailable",
    "append",
    "arrow_schema",
    "arrow_schemas",
    "bytes_text",
    "column_meanings",
    "count_rows",
    "csv_lines",
    "drop",
    "fetch",
    "forget_verdicts",
    "free_bytes",
    "hot_rows",
    "hot_since_ns",
    "iso",
    "json_rows",
    "mark_of",
    "neighbours",
    "ns_of",
    "ns_rows",
    "open_other",
    "open_store",
    "otlp_export",
    "otlp_line",
    "packing_environment",
    "packing_failure",
    "prepare",
    "python_rows",
    "reading",
    "registered",
    "remove_dropped",
    "rewrite",
    "seal",
    "shut_in",
    "since_ns",
    "tell",
    "unique",
    "use_arrow_alone",
    "wal_of",
]


def open_store(where: str | Path, *, token: str | None = None) -> Store:
    """Open what `where` names for reading: a segment file, a store directory, a collector, or another system.

    A collector is `http(s)://…`; other systems are found by entry points of `culpa.stores`: `clickhouse://user@host/db`.
    Errors: StoreNotFound, NotAStore, StoreDamaged, StoreLocked of a file; StoreError of another system; a collector is
    asked at the first query.
    """
    from culpa.store.duckdb import DuckDBStore
    from culpa.store.remote import RemoteStore

    if str(where).startswith(("http://", "https://")):
        return RemoteStore(str(where), token=token)
    scheme, found, _ = str(where).partition("://")
    if found and scheme.isalpha():
        from culpa.store.elsewhere import open_elsewhere

        return open_elsewhere(scheme.lower(), str(where))
    return DuckDBStore(where)
