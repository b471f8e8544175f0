"""What is asked of a ClickHouse reads the days that are asked for, and of them the granules."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from culpa.collector.clickhouse.questions import counts_of, failing, rows_of
from culpa.collector.clickhouse.tables import Table

from .conftest import ChDB
from .fill import SCHEMAS

_DAY_NS = 86_400_000_000_000


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_question_leaves_other_days_unread(
    chdb: ChDB, one_failure: Callable[[int, int], Path], schema: str
) -> None:
    now = time.time_ns()
    chdb.fill(schema, *(one_failure(number, now - number * _DAY_NS) for number in (1, 2, 3, 4)))
    for table in ("otel_traces", "otel_logs"):
        if table == "otel_logs":
            chdb.sql("insert into otel_logs (Timestamp, TraceId) select Timestamp, TraceId from otel_traces")
        described = (line.split("\t") for line in chdb.sql(f"describe table {table}").splitlines())
        of = Table(table, {column[0]: column[1] for column in described}, table)
        for question in (rows_of, counts_of, *([failing] if table == "otel_traces" else [])):
            bound = {"since_ns:Int64": now - 2 * _DAY_NS - 10**9, "until_ns:Int64": now - 2 * _DAY_NS + 10**9}
            bound |= {"trace_ids:Array(String)": ["0" * 16 + f"{2:016x}"]}
            sql = question(of)
            for name, value in bound.items():
                sql = sql.replace("{" + name + "}", str(value))
            plan = chdb.sql(f"explain indexes = 1 {sql}")
            assert "Parts: 1/4" in plan, plan
