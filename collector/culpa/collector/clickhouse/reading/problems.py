"""Problems that judges wrote into a ClickHouse: what is read of a time alone would begin with that time."""

import duckdb

from culpa.collector.clickhouse import problems
from culpa.collector.clickhouse.client import Client, has_columns
from culpa.collector.clickhouse.there import ClickHouse
from culpa.store import DuckDBStore, registered

_TIMES = ", ".join(f"make_timestamp_ns(p.{name}) as {name}" for name in ("first_seen", "last_seen"))
_KEPT = (
    f"create or replace table memory.main.problems_there as select p.* exclude (written_at) replace ({_TIMES}), "
    "0::ubigint as unattributed from problems_brought as p where p.requests > 0"
)
#: Under the names and columns of the store's own, so that no question has to know.
_COLUMNS = (
    'fingerprint, layer, component, cause, "object", first_seen, last_seen, requests, share, routes, releases, '
    "persistent, state, change, example_trace_id, unattributed, sampled_one_in"
)
_NAMED = (
    "create or replace macro memory.main.problem_rows(wanted, with_releases) as table "
    f"select {_COLUMNS} from memory.main.problems_there as p where list_contains(wanted, p.fingerprint)",
    f"create or replace view memory.main.problems as select {_COLUMNS} from memory.main.problems_there",
)


def has_problems(client: Client) -> bool:
    """Say whether a table of problems lies there."""
    return has_columns(client, problems.NAME, problems.COLUMNS)


class ProblemsThere:
    """Brings all of them: they are few."""

    def __init__(self, store: DuckDBStore, there: ClickHouse) -> None:
        """Bring them into that store."""
        self._store = store
        self._there = there
        self._is_named = False

    def bring(self) -> None:
        """Bring them as they stand now. Errors: StoreError."""
        rows = problems.read(self._there.client)
        with self._store.cursor() as cursor:
            with registered(cursor, "problems_brought", rows):
                cursor.execute(_KEPT)
            if not self._is_named:
                self._name(cursor)

    def _name(self, cursor: duckdb.DuckDBPyConnection) -> None:
        for statement in _NAMED:
            cursor.execute(statement)
        self._is_named = True
