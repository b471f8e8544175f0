#!/usr/bin/env python3
"""What verdicts cost: all failures of a large store from cold, and those of the batches in which they occur live.

  verdicts.py [--spans 1000000] [--failing 0.02] [--live-s 540]

Prints seconds and milliseconds per failing trace beside a baseline of the same run: one scan that counts the spans of each
trace. The live part plays `--live-s` seconds at 20,000 spans a second: the collector's own watch says when which traces are
judged, provisionally and for good, on a clock that is put forward; what is counted is all CPU time of judging in the
second half, per trace that settled in it, beside the time of only copying the spans of these traces.
"""

import argparse
import gc
import tempfile
import time
from hashlib import md5
from pathlib import Path

import pyarrow as pa

from culpa.analysis.settle import settle
from culpa.collector.settings import Settings
from culpa.collector.settler.watch import Watch
from culpa.store import DuckDBStore

SPANS_PER_TRACE = 23
LIVE_SPANS_PER_S = 20_000

#: When the first trace began, and how long after it the next one did: ns.
BEGAN_NS = 1_795_300_000_000_000_000
APART_NS = 1_000_000_000 * SPANS_PER_TRACE // LIVE_SPANS_PER_S

#: One trace of 23 spans: a web server's line, an entry span, a second service below it, queries and inner work.
SPANS = """
insert into segment.data.spans by name
with numbered as (
    select t.i as trace, s.i as place, t.i % {every} = 0 as is_failing
    from range({first}, {last}) as t(i), range({per_trace}) as s(i)
)
select
    md5('t' || n.trace) as trace_id,
    left(md5('s' || n.trace || '-' || n.place), 16) as span_id,
    case when n.place = 0 then left(md5('a' || n.trace), 16)
        when n.place in (1, 2, 3, 4) then left(md5('s' || n.trace || '-0'), 16)
        when n.place = 5 then left(md5('s' || n.trace || '-4'), 16)
        else left(md5('s' || n.trace || '-' || (5 + (n.place - 6) % 4)), 16) end as parent_span_id,
    '' as trace_state, 0 as flags,
    make_timestamp_ns({began_ns} + n.trace * {apart_ns} + n.place * 10000) as start_time,
    1000000 - n.place * 20000 as duration_ns,
    case when n.place < 5 then 'shop' else 'stock' end as service_name,
    case when n.place in (0, 5) then 'GET /orders/{{id}}' when n.place % 3 = 1 then 'select' else 'work' end as span_name,
    case when n.place in (0, 5) then 2 when n.place = 4 or n.place % 3 = 1 then 3 else 1 end as kind,
    case when n.is_failing and n.place in (0, 4, 5, 7) then 2 else 0 end as status_code,
    '' as status_message,
    case when n.place < 5 then 1 else 2 end as resource_id,
    'bench' as scope_name, '' as scope_version,
    case when n.place in (0, 4, 5) then 'GET' else '' end as http_request_method,
    case when n.place in (0, 5) then '/orders/{{id}}' else '' end as http_route,
    case when n.place in (0, 4, 5) then case when n.is_failing then 500 else 200 end else 0 end as http_response_status_code,
    '' as url_path, case when n.place = 4 then 'http://stock:80/orders' else '' end as url_full, '' as url_scheme,
    case when n.place % 3 = 1 then 'db' else '' end as server_address,
    case when n.place % 3 = 1 then 5432 else 0 end as server_port,
    '' as network_peer_address, 0 as network_peer_port, '' as error_type,
    case when n.place % 3 = 1 and n.place <> 4 then 'postgresql' else '' end as db_system_name,
    case when n.place % 3 = 1 and n.place <> 4 then 'shop' else '' end as db_namespace,
    '' as db_operation_name, '' as db_collection_name,
    case when n.place % 3 = 1 and n.place <> 4 then 'select * from orders where id = ?' else '' end as db_query_text,
    '' as db_query_summary,
    case when n.is_failing and n.place = 7 then '40P01' else '' end as db_response_status_code,
    '' as rpc_system, '' as rpc_service, '' as rpc_method, '' as rpc_response_status_code,
    '' as messaging_system, '' as messaging_destination_name,
    '' as code_function_name, '' as code_file_path, 0 as code_line_number, '' as peer_service,
    ['app.tenant', 'thread.id'] as attr_keys, ['tenant-' || n.trace % 40, '140'] as attr_vals,
    [] as events, [] as links
from numbered as n
"""

EXCEPTIONS = """
insert into segment.data.exceptions by name
select
    left(md5('e' || s.span_id), 16) as exception_id, s.trace_id, s.span_id, s.start_time as "time", s.service_name,
    s.resource_id, 'span' as source, '' as log_id,
    'psycopg.errors.DeadlockDetected' as type, 'deadlock detected' as message,
    'Traceback (most recent call last):\n  File "/app/stock.py", line 12, in view\n' || repeat('  File "/usr/lib/python3/x.py", line 1, in f\n', 50)
        || 'psycopg.errors.DeadlockDetected: deadlock detected' as stacktrace,
    false as handled, 'psycopg.errors.DeadlockDetected' as origin_type, 'deadlock detected' as origin_message,
    ['psycopg.errors.DeadlockDetected'] as chain, '40P01' as error_code, 'postgresql' as callee_system, '' as callee_address, 0 as callee_port,
    '' as callee_namespace, '' as callee_scheme, '' as callee_service, false as is_relay, true as is_from_library, '/app/stock.py' as code_file_path,
    12 as code_line_number, 'view' as code_function_name, true as in_app, 'f00d' as fingerprint, [] as attr_keys, [] as attr_vals
from segment.data.spans as s
where s.status_code = 2 and s.service_name = 'stock' and s.start_time >= make_timestamp_ns({since_ns})
"""

ACCESS = """
insert into segment.data.access by name
select
    left(md5('x' || s.trace_id), 16) as access_id, s.trace_id, s.parent_span_id as span_id, '' as parent_span_id,
    'nginx_access' as format, 'nginx' as service_name, s.start_time, s.duration_ns + 1000000 as duration_ns,
    'GET' as http_request_method, '/orders/7' as url_path, s.http_response_status_code, 'http' as url_scheme,
    '' as server_address, 80 as server_port, 9 as process_pid, '' as thread_id, (hash(s.trace_id) % 100000)::varchar as connection_id,
    1 as connection_requests, '' as request_id, '' as log_id, '' as handler, '10.0.0.5:8000' as upstream_address,
    s.http_response_status_code::varchar as upstream_status, '' as upstream_name, 1000 as upstream_connect_ns,
    2000 as upstream_header_ns, 3000 as upstream_response_ns, 100 as upstream_bytes_received, 200 as bytes_sent,
    true as completed, [] as attr_keys, [] as attr_vals
from segment.data.spans as s
where s.kind = 2 and s.service_name = 'shop' and s.start_time >= make_timestamp_ns({since_ns})
"""


def fill(store: DuckDBStore, first: int, last: int, every: int) -> None:
    """Write the traces from the `first` to the one before the `last`, of which one in `every` fails."""
    numbers = {"first": first, "last": last, "every": every, "per_trace": SPANS_PER_TRACE}
    since_ns = BEGAN_NS + first * APART_NS
    with store.transaction() as cursor:
        cursor.execute(SPANS.format(began_ns=BEGAN_NS, apart_ns=APART_NS, **numbers))
        cursor.execute(EXCEPTIONS.format(since_ns=since_ns))
        cursor.execute(ACCESS.format(since_ns=since_ns))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--failing", type=float, default=0.02)
    parser.add_argument("--live-s", type=int, default=540)
    asked = parser.parse_args()
    if asked.live_s < 300:
        parser.error("--live-s must be 300 at least: a batch gathers for two minutes")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.duckdb"
        with DuckDBStore(path, writable=True) as store:
            traces, every = asked.spans // SPANS_PER_TRACE, round(1 / asked.failing)
            fill(store, 0, traces, every)
            store.checkpoint()
        with DuckDBStore(path, writable=True) as store:
            began = time.perf_counter()
            store.query("select max(n) as n from (select count(*) as n from spans group by trace_id)")
            scan_s = time.perf_counter() - began
            began = time.perf_counter()
            settle(store, None)
            all_s = time.perf_counter() - began
            judged = store.query("select count(*) as n, min(confidence) as least from verdicts").to_pylist()[0]
            print(
                f"cold: {judged['n']} of {-(-traces // every)} failing traces among {asked.spans:,} spans in {all_s:.2f} s"
            )
            print(f"      baseline, one scan over all spans: {scan_s:.2f} s; ratio {all_s / scan_s:.1f}")
    _live(round(1 / asked.failing), asked.live_s)
    gc.unfreeze()


def _live(every: int, seconds: int) -> None:
    warm_s, step_s, reach_ns = seconds / 2, 0.2, 30_000_000_000
    watch, cpu_s, read_s, settled, calls, written = Watch(10.0, 1.0), 0.0, 0.0, 0, 0, 0
    with tempfile.TemporaryDirectory() as folder, _as_collected(Path(folder)) as store:
        for now in (step_s * step for step in range(1, round(seconds / step_s))):
            upto = round(now * LIVE_SPANS_PER_S) // SPANS_PER_TRACE
            fill(store, written, upto, every)
            since_ns = max(0, BEGAN_NS + written * APART_NS - reach_ns)
            failing = [_trace_id(trace) for trace in range(written, upto) if trace % every == 0]
            watch.suspect(failing, now, since_ns=since_ns)
            written = upto
            due = watch.due(now, 2_500)
            began = time.process_time()
            traces = (*due.final, *due.provisional)
            if traces:
                settle(store, traces, since_ns=due.since_ns, provisional=frozenset(due.provisional))
                watch.judged(due.final, now, settled=True)
                watch.judged(due.provisional, now, settled=False)
                if now >= warm_s:
                    calls += 1
                    settled += len(due.final)
            if now >= warm_s:
                cpu_s += time.process_time() - began
                read_s += _reading(store, due.final, due.since_ns) if due.final else 0.0
    print(
        f"live: {seconds - warm_s:.0f} s at {LIVE_SPANS_PER_S:,} spans/s: {settled} failing traces settled in {calls} calls, ",
        end="",
    )
    print(f"{1000 * cpu_s / settled:.2f} ms CPU per trace, {100 * cpu_s / (seconds - warm_s):.1f} % of a core")
    print(
        f"      baseline, reading the spans of these traces once more: {1000 * read_s / settled:.2f} ms; ratio {cpu_s / read_s:.1f}"
    )


def _as_collected(folder: Path) -> DuckDBStore:
    """Open a store as a collector does that has just started."""
    gc.freeze()
    return DuckDBStore(folder / "live.duckdb", writable=True, threads=Settings().threads)


def _reading(store: DuckDBStore, trace_ids: tuple[str, ...], since_ns: int) -> float:
    """Return the CPU time of copying the spans of these traces: what a machine is worth at this moment."""
    began = time.process_time()
    with store.cursor() as cursor:
        cursor.register("wanted", pa.table({"trace_id": list(trace_ids)}))
        cursor.execute(
            "create temp table theirs as select s.* from spans as s semi join wanted as w on s.trace_id = w.trace_id "
            "where s.start_time >= make_timestamp_ns($since_ns)",
            {"since_ns": since_ns},
        )
    return time.process_time() - began


def _trace_id(trace: int) -> str:
    return md5(f"t{trace}".encode(), usedforsecurity=False).hexdigest()


if __name__ == "__main__":
    main()
