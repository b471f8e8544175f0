"""Add rows to the store, those that it holds already left out: one transaction, the same for whoever brings rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import duckdb
import pyarrow as pa

from culpa.collector.writer.dedupe import Repeats
from culpa.collector.writer.digests import digest_rows
from culpa.store import DuckDBStore, append

#: What else is done inside a transaction.
Also = Callable[[duckdb.DuckDBPyConnection], None]


class Additions:
    """Knows what the store holds. Not thread-safe: whoever writes owns it."""

    def __init__(self, store: DuckDBStore) -> None:
        """Learn what the store holds."""
        self._store = store
        with store.cursor() as cursor:
            self._repeats = Repeats(cursor, store.sealed.last_ns)
            found = cursor.execute("select distinct resource_id from segment.data.resources").fetchall()
        self._resources = {resource_id for (resource_id,) in found}

    def add(
        self, tables: Mapping[str, pa.Table], digests: Sequence[str] = (), also: Iterable[Also] = ()
    ) -> dict[str, pa.Table]:
        """Store rows, and the digests of the bodies that are stored whole with them; return the rows that were new.

        Errors: StoreError. Promise: what is returned is durable; after an error nothing of it is stored, and the same
        may be added again.
        """
        added: dict[str, pa.Table] = {}
        with self._store.transaction() as cursor:
            for relation, rows in tables.items():
                rows = self._new_resources(rows) if relation == "resources" else rows
                added[relation] = self._repeats.fresh(cursor, relation, rows)
                if added[relation].num_rows:
                    append(cursor, relation, added[relation])
            if digests:
                append(cursor, "received_bodies", digest_rows(digests))
            for do in also:
                do(cursor)
        if "resources" in added:
            self._resources.update(added["resources"].column("resource_id").to_pylist())
        return added

    def _new_resources(self, rows: pa.Table) -> pa.Table:
        known = set(self._resources)
        keep: list[bool] = []
        for resource_id in rows.column("resource_id").to_pylist():
            keep.append(resource_id not in known)
            known.add(resource_id)
        return rows if all(keep) else rows.filter(pa.array(keep, pa.bool_()))
