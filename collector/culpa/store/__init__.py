"""The shared room: what culpa keeps, and the one door to it, `open_store(where)`."""

from pathlib import Path
from typing import TYPE_CHECKING

from culpa.instrumentation.late import late
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
    StoreUnavailable,
)
from culpa.store.snapshot import Snapshot

if TYPE_CHECKING:
    from culpa.store.duckdb import DuckDBStore
    from culpa.store.remote import RemoteStore
    from culpa.store.schema import arrow_schema, arrow_schemas
else:
    # They import DuckDB and Arrow, for which no command's help should wait.
    __getattr__, __dir__ = late(
        __name__, duckdb=["DuckDBStore"], remote=["RemoteStore"], schema=["arrow_schema", "arrow_schemas"]
    )

__all__ = [
    "DuckDBStore",
    "NotAStore",
    "Parameter",
    "QueryFailed",
    "QueryRefused",
    "RemoteStore",
    "Snapshot",
    "Store",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreGone",
    "StoreLocked",
    "StoreNotFound",
    "StoreRefused",
    "StoreUnavailable",
    "arrow_schema",
    "arrow_schemas",
    "open_store",
]


def open_store(where: str | Path, *, token: str | None = None) -> Store:
    """Open what `where` names for reading: a segment file, a store directory, or a collector's `http(s)://…`.

    Errors: StoreNotFound, NotAStore, StoreDamaged, StoreLocked of a file; a collector is asked at the first query.
    """
    from culpa.store.duckdb import DuckDBStore
    from culpa.store.remote import RemoteStore

    if str(where).startswith(("http://", "https://")):
        return RemoteStore(str(where), token=token)
    return DuckDBStore(where)
