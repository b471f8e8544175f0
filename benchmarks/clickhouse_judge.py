#!/usr/bin/env python3
"""What it costs to judge what lies in ClickHouse: bytes read to find failing traces, CPU for each that is judged.

  .cache/clickhouse/bin/python benchmarks/clickhouse_judge.py [--spans 2000000] [--failing 0.01]

Fills a folder of chDB (ClickHouse in this process) with the exporter's table of spans, and judges all of it twice: the
second time all is known. Prints rows and bytes that ClickHouse says it read, and CPU seconds of this process, which
holds both ClickHouse and the judge; beside them a baseline of the same run, one scan that counts the spans of each trace.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import clickhouse_connect

from culpa.analysis.settle import settle_each
from culpa.collector.abroad.following import Judged
from culpa.collector.clickhouse.address import address_of
from culpa.collector.clickhouse.client import connected
from culpa.collector.clickhouse.judging import Order, judge_once
from culpa.collector.clickhouse.questions import failing, recognised

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/collector/clickhouse"))

SPANS_PER_TRACE = 23
_FILL = """
insert into otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName,
    ResourceAttributes, SpanAttributes, Duration, StatusCode, `Events.Timestamp`, `Events.Name`, `Events.Attributes`)
with
    intDiv(number, {spans}) as trace, number % {spans} as place, trace % {every} = 0 as fails,
    place in (0, 5) as serves, fails and place in (0, 4, 5, 7) as broken,
    fromUnixTimestamp64Nano(toInt64({began} + trace * 1000000 + place * 10000)) as at
select
    at, lower(hex(MD5(toString(trace)))), right(lower(hex(MD5(toString(number)))), 16),
    if(place = 0, '', right(lower(hex(MD5(toString(number - if(place < 6, place, place - 5))))), 16)),
    if(serves, 'GET /orders/{{id}}', if(place % 3 = 1, 'select', 'work')),
    if(serves, 'Server', if(place % 3 = 1, 'Client', 'Internal')), if(place < 5, 'shop', 'stock'),
    map('service.name', if(place < 5, 'shop', 'stock'), 'host.name', concat('node-', toString(trace % 40)),
        'deployment.environment.name', 'production', 'telemetry.sdk.language', 'python'),
    if(serves, map('http.request.method', 'GET', 'http.route', '/orders/{{id}}', 'url.path', concat('/orders/', toString(trace)),
        'http.response.status_code', if(fails, '500', '200'), 'client.address', '10.0.0.7', 'server.address', 'shop'),
        map('db.system.name', 'postgresql', 'db.query.text', 'select * from orders where id = ?', 'server.address', 'db',
            'server.port', '5432', 'thread.id', toString(number % 97))),
    1000000 - place * 20000, if(broken, 'Error', 'Unset'),
    if(broken, [at], []), if(broken, ['exception'], []),
    if(broken, [map('exception.type', 'psycopg.errors.DeadlockDetected', 'exception.message', 'deadlock detected',
        'exception.stacktrace', repeat('  File "/app/shop/orders.py", line 41, in order\\n    await db.execute(q)\\n', 20))], [])
from numbers({rows})
"""


def main() -> None:
    """Fill, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=2_000_000)
    parser.add_argument("--failing", type=float, default=0.01)
    asked = parser.parse_args()
    from fill import tables

    began_ns = time.time_ns() - 3_000 * 10**9
    with tempfile.TemporaryDirectory() as folder:
        where = f"chdb://{folder}/chdb"
        client = clickhouse_connect.get_client(dsn=f"chdb:///{folder}/chdb")
        for statement in tables("map-new-logs").values():
            client.command(statement)
        traces = asked.spans // SPANS_PER_TRACE
        every = round(1 / asked.failing)
        rows = traces * SPANS_PER_TRACE
        client.command(_FILL.format(spans=SPANS_PER_TRACE, every=every, began=began_ns, rows=rows))
        client.command("optimize table otel_traces final")
        size = client.query("select sum(bytes_on_disk) from system.parts where active and table = 'otel_traces'")
        print(f"{rows:,} spans, {size.result_rows[0][0] / rows:.1f} bytes each on disk")
        _timed(
            "baseline: count by trace",
            lambda: client.query("select count() from (select TraceId from otel_traces group by TraceId)"),
        )
        client.close()

        with connected(address_of(where)) as connection:
            sql = failing(recognised(connection).traces)
            bounds = {"since_ns": began_ns - 1, "until_ns": time.time_ns()}
            _timed("which traces may have failed", lambda: sum(len(block) for block in connection.query(sql, bounds)))
        order = Order(where, Path(folder) / "judged.duckdb", began_ns - 1, time.time_ns(), settle_each, print)
        judged: list[Judged] = []
        cpu_s = _timed("judged", lambda: judged.append(judge_once(order)))
        changed = len(judged[0].changed)
        print(f"{changed:,} traces judged, {1_000 * cpu_s / changed:.2f} ms CPU each, ClickHouse's share included")
        cpu_s = _timed("looked at again", lambda: judged.append(judge_once(order)))
        print(
            f"{len(judged[1].changed)} judged again, {1_000 * cpu_s / changed:.2f} ms CPU each to see that it is known"
        )
        print(f"{(Path(folder) / 'judged.duckdb').stat().st_size / changed:,.0f} bytes of the local file for each")


def _timed(name: str, what: Callable[[], object]) -> float:
    began = time.process_time()
    what()
    took = time.process_time() - began
    print(f"{name}: {took:.2f} s CPU")
    return took


if __name__ == "__main__":
    main()
