"""When traces lie in a ClickHouse, so that nothing else is looked at when their rows are read."""

from collections.abc import Sequence

from culpa.collector.abroad.fetching import text
from culpa.collector.abroad.there import MOST_ALIKE, Suspect
from culpa.collector.clickhouse.client import Client, Parameter
from culpa.collector.clickhouse.questions import bounds
from culpa.collector.clickhouse.tables import Table, Tables


def of(client: Client, tables: Tables, trace_ids: Sequence[str], since_ns: int, until_ns: int) -> list[Suspect]:
    """Return when these traces were, of those that are there."""
    asked: dict[str, Parameter] = {"since_ns": since_ns, "until_ns": until_ns, "trace_ids": list(trace_ids)}
    found: dict[str, Suspect] = {}
    for table in (tables.traces, tables.logs):
        for rows in client.query(_spots(table), asked) if table else ():
            for row in rows:
                one = Suspect(text(row["TraceId"]), int(row["first_ns"]), int(row["last_ns"]))
                found.setdefault(one.trace_id, one)
    return list(found.values())


def beginning_with(client: Client, traces: Table, digits: str, since_ns: int, until_ns: int) -> list[str]:
    """Return ids that begin so, some at most."""
    sql = (
        f"select distinct t.`TraceId` as TraceId from {traces.source} as t where {bounds(traces)} "
        "and t.`TraceId` >= {lowest:String} and t.`TraceId` < {beyond:String} "
        f"order by TraceId limit {MOST_ALIKE}"
    )
    asked: dict[str, Parameter] = {
        "since_ns": since_ns,
        "until_ns": until_ns,
        "lowest": digits,
        "beyond": digits + "g",
    }
    return [text(row["TraceId"]) for rows in client.query(sql, asked) for row in rows]


def _spots(table: Table) -> str:
    return (
        "select t.`TraceId` as TraceId, min(toUnixTimestamp64Nano(t.`Timestamp`)) as first_ns, "
        "max(toUnixTimestamp64Nano(t.`Timestamp`)) as last_ns "
        f"from {table.source} as t where {bounds(table)} "
        "and t.`TraceId` in {trace_ids:Array(String)} group by t.`TraceId`"
    )
