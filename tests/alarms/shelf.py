"""A house without a collector, for an outbox of which a test is the clock."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from culpa.store import DuckDBStore, Parameter, StoreFull, arrow_schema


class Shelf:
    """A house without a collector: a store that this process writes."""

    alarms = ""

    def __init__(self, store: DuckDBStore) -> None:
        """Write to a store; `is_full` lets it take nothing."""
        self.store = store
        self.is_full = False

    @property
    def where(self) -> str:
        """Return its place."""
        return self.store.where

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Answer."""
        return self.store.query(sql, parameters)

    def add(self, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
        """Store."""
        if self.is_full:
            raise StoreFull("no room")
        self.store.write(
            {name: pa.Table.from_pylist([dict(row) for row in some], arrow_schema(name)) for name, some in rows.items()}
        )

    def troubles(self) -> dict[str, str]:
        """Return none."""
        return {}

    def close(self) -> None:
        """Let go."""
        self.store.close()
