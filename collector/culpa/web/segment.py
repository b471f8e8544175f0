"""A segment file that holds one request and nothing else: `culpa open` and `culpa explain` show it as here."""

import tempfile
from pathlib import Path
from typing import Final

from culpa.store import DuckDBStore, append
from culpa.web.kept import Kept

#: Small, as it lies beside the engine that stores what arrives.
_MEMORY: Final = "256MiB"


def segment_of(kept: Kept) -> bytes:
    """Return the content of a segment file with these rows. Errors: StoreError, OSError."""
    with tempfile.TemporaryDirectory(prefix="culpa-") as folder:
        path = Path(folder) / "request.duckdb"
        with DuckDBStore(path, writable=True, memory_limit=_MEMORY, threads=1) as store:
            with store.transaction() as cursor:
                for relation, rows in kept.tables.items():
                    append(cursor, relation, rows)
            store.checkpoint()
        return path.read_bytes()
