"""Verdicts that judges wrote into a ClickHouse, brought here as they were judged."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from culpa.collector.abroad.copies import BEYOND_NS, reaching_ns
from culpa.collector.abroad.judging import MOST_LOOKED_AT, joined, settler
from culpa.collector.abroad.settling import Alone
from culpa.collector.abroad.there import Suspect
from culpa.collector.clickhouse import table
from culpa.collector.clickhouse.client import Client, Parameter, has_columns, quoted
from culpa.collector.clickhouse.there import ClickHouse
from culpa.store import DuckDBStore, StoreRefused, arrow_schema

#: Verdicts that are brought for one look.
_MOST_VERDICTS = 200_000
#: Judges write at different times, and clocks differ.
_OVERLAP_NS = 60_000_000_000
_HELD = {"ended_at": "toUnixTimestamp64Nano(t.ended_at)", "judged_at": "toUnixTimestamp64Nano(t.judged_at)"}
_NEWEST = """
    select v.trace_id from failures as v where v.ended_at >= make_timestamp_ns($since_ns)
    group by v.trace_id order by max(v.ended_at) desc limit $most
"""


def are_told(client: Client) -> bool:
    """Say whether a table of verdicts lies there that holds all of them; one of an older version does not."""
    return has_columns(client, table.NAME, table.COLUMNS)


class ToldThere:
    """Brings verdicts; rows of their traces only when they are asked for."""

    def __init__(self, store: DuckDBStore, there: ClickHouse) -> None:
        """Bring them into that store."""
        self._store = store
        self._there = there
        self._with_rows: set[str] = set()

    def window(self, since_ns: int, until_ns: int) -> None:
        """Bring the verdicts of what failed in a time. Errors: StoreRefused if these are too many."""
        asked: dict[str, Parameter] = {"since_ns": since_ns, "until_ns": until_ns}
        bounds = (
            "t.ended_at >= fromUnixTimestamp64Nano({since_ns:Int64}) "
            "and t.ended_at < fromUnixTimestamp64Nano({until_ns:Int64})"
        )
        self._bring(bounds, asked)

    def again(self, since_ns: int, until_ns: int, now_ns: int) -> None:
        """Bring what was judged since."""
        asked: dict[str, Parameter] = {"since_ns": since_ns, "judged_ns": until_ns - _OVERLAP_NS}
        bounds = (
            "t.ended_at >= fromUnixTimestamp64Nano({since_ns:Int64}) "
            "and t.judged_at >= fromUnixTimestamp64Nano({judged_ns:Int64})"
        )
        self._bring(bounds, asked)

    def rows(self, since_ns: int, now_ns: int) -> None:
        """Bring rows of the newest traces that failed since then. Errors: StoreRefused if there are more."""
        with self._store.cursor() as cursor:
            found = cursor.execute(_NEWEST, {"since_ns": since_ns, "most": MOST_LOOKED_AT + 1}).fetchall()
        if len(found) > MOST_LOOKED_AT:
            raise StoreRefused(
                f"{self._there.where}: this reads spans or log records of more than {MOST_LOOKED_AT} failed requests; "
                "ask for less with --since, name the trace, or ask ClickHouse itself"
            )
        due = [trace_id for (trace_id,) in found if trace_id not in self._with_rows]
        if due:
            self._fetch(self._there.spots(due, reaching_ns(self._there, since_ns, now_ns), now_ns + BEYOND_NS))
            self._with_rows.update(due)

    def traces(self, named: Sequence[str], found: Sequence[Suspect]) -> list[str]:
        """Fetch these traces, and judge those that nobody judged yet."""
        told = self._bring("t.trace_id in {trace_ids:Array(String)}", {"trace_ids": list(named)})
        place = self._fetch(found)
        if new := [one for one in found if one.local_id not in told]:
            place.judge(new)
        self._with_rows.update(named)
        return joined(self._store, named)

    def healthy(self, found: Sequence[Suspect]) -> None:
        """Fetch these traces."""
        self._fetch(found)

    def _fetch(self, found: Sequence[Suspect]) -> Alone:
        place = Alone(self._there, self._store, settler())
        if found:
            place.fetch(found)
        return place

    def _bring(self, where: str, asked: dict[str, Parameter]) -> set[str]:
        """Store verdicts; return the ids of their traces."""
        chosen = ", ".join(f"{_HELD.get(name, f't.{name}')} as {name}" for name in table.COLUMNS)
        sql = f"select {chosen} from {quoted(table.NAME)} as t final where {where} limit {_MOST_VERDICTS + 1}"
        rows = self._there.client.table(sql, asked)
        if rows.num_rows > _MOST_VERDICTS:
            raise StoreRefused(
                f"{self._there.where}: more than {_MOST_VERDICTS} requests failed in that time; ask for less with "
                f"--since, or ask ClickHouse itself for its table {table.NAME}"
            )
        if rows.num_rows:
            self._store.write({"verdict_revisions": _as_held(rows)})
        ids: list[Any] = rows.column("trace_id").to_pylist()
        return set(ids)


def _as_held(rows: pa.Table) -> pa.Table:
    """Return rows as the relation `verdict_revisions` has them."""
    schema = arrow_schema("verdict_revisions")
    kinds = zip(schema.names, schema.types, strict=True)
    return pa.table({name: _cast(rows.column(name), kind) for name, kind in kinds if name in table.COLUMNS})


def _cast(column: Any, kind: Any) -> Any:
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.int64())
    return column.cast(kind)
