"""A large store for the benchmark of the page: a million requests of the last day, and a hundred thousand problems."""

from pathlib import Path

from verdicts import ACCESS

from culpa.store import DuckDBStore, hot_rows, seal

#: One request in so many fails.
EVERY = 5
_DAY_NS = 86_400 * 10**9
#: Half of the failures are each a problem of its own, the other half share so many.
_FREQUENT = 1_000
_ROUTES = 200

#: Each request: its entry span, and of a failed one a query below it.
_SPANS = """
insert into segment.data.spans by name
with numbered as (
    select r.i as number, p.i as place, r.i % {every} = 0 as is_failing
    from range({first}, {last}) as r(i), range(2) as p(i)
    where p.i = 0 or r.i % {every} = 0
)
select
    md5('t' || n.number) as trace_id, left(md5('s' || n.number || '-' || n.place), 16) as span_id,
    case when n.place = 0 then left(md5('a' || n.number), 16) else left(md5('s' || n.number || '-0'), 16) end as parent_span_id,
    '' as trace_state, 0 as flags,
    make_timestamp_ns({began_ns} + n.number * {apart_ns} + n.place * 1000000) as start_time,
    (20000000 + hash(n.number) % 80000000 - n.place * 4000000)::bigint as duration_ns,
    'shop' as service_name, case when n.place = 0 then 'GET /r' || n.number // {every} % {routes} else 'select orders' end as span_name,
    case when n.place = 0 then 2 else 3 end as kind, case when n.is_failing then 2 else 0 end as status_code, '' as status_message,
    1 + n.number % 3 as resource_id, 'bench' as scope_name, '' as scope_version,
    case when n.place = 0 then 'GET' else '' end as http_request_method,
    case when n.place = 0 then '/r' || n.number // {every} % {routes} || '/{{id}}' else '' end as http_route,
    case when n.place = 1 then 0 when n.is_failing then 500 else 200 end as http_response_status_code,
    case when n.place = 0 then '/r' || n.number // {every} % {routes} || '/' || n.number % 5000 else '' end as url_path,
    '' as url_full, '' as url_scheme, case when n.place = 1 then 'db' else '' end as server_address,
    case when n.place = 1 then 5432 else 0 end as server_port, '' as network_peer_address, 0 as network_peer_port,
    '' as error_type, case when n.place = 1 then 'postgresql' else '' end as db_system_name,
    case when n.place = 1 then 'shop' else '' end as db_namespace, '' as db_operation_name, '' as db_collection_name,
    case when n.place = 1 then 'select * from orders where id = ?' else '' end as db_query_text, '' as db_query_summary,
    case when n.place = 1 then '40P01' else '' end as db_response_status_code,
    '' as rpc_system, '' as rpc_service, '' as rpc_method, '' as rpc_response_status_code,
    '' as messaging_system, '' as messaging_destination_name, '' as code_function_name, '' as code_file_path,
    0 as code_line_number, '' as peer_service,
    ['app.tenant', 'thread.id'] as attr_keys, ['tenant-' || n.number % 40, '140'] as attr_vals, [] as events, [] as links
from numbered as n
order by n.number, n.place
"""

_EXCEPTIONS = """
insert into segment.data.exceptions by name
select
    left(md5('e' || s.span_id), 16) as exception_id, s.trace_id, s.span_id, s.start_time as "time", s.service_name, s.resource_id,
    'span' as source, '' as log_id, 'psycopg.errors.DeadlockDetected' as type, 'deadlock detected' as message,
    'Traceback (most recent call last):\n  File "/app/stock.py", line 12, in view\npsycopg.errors.DeadlockDetected: deadlock detected' as stacktrace,
    false as handled, 'psycopg.errors.DeadlockDetected' as origin_type, 'deadlock detected' as origin_message,
    ['psycopg.errors.DeadlockDetected'] as chain, '40P01' as error_code, '/app/stock.py' as code_file_path, 12 as code_line_number,
    'view' as code_function_name, true as in_app, 'f00d' as fingerprint, 'postgresql' as callee_system, 'db' as callee_address,
    5432 as callee_port, 'shop' as callee_namespace, '' as callee_scheme, '' as callee_service, false as is_relay,
    true as is_from_library, [] as attr_keys, [] as attr_vals
from segment.data.spans as s
where s.kind = 3 and s.start_time >= make_timestamp_ns({since_ns})
"""

#: Each is judged for the time being, and then for good. A problem that is frequent is met on few routes: it has one place in the code.
_VERDICTS = """
insert into segment.data.verdict_revisions by name
with failed as (
    select
        s.*, row_number() over (order by s.start_time) as place,
        epoch_ns(s.start_time) + s.duration_ns as ended_ns, regexp_extract(s.http_route, '[0-9]+')::bigint as route_number
    from segment.data.spans as s
    where s.kind = 2 and s.status_code = 2 and s.start_time >= make_timestamp_ns({since_ns})
),
numbered as (
    select f.*, case when f.place % 2 = 0 then {first} // 2 + f.place // 2 + {frequent} else f.route_number // 4 * 20 + hash(f.trace_id) % 20 end as problem
    from failed as f
)
select
    n.trace_id, n.span_id as request_span_id, make_timestamp_ns(n.ended_ns) as ended_at, 'GET' as method, n.http_route as route,
    n.url_path as path, 500 as status, true as surfaced, false as truncated, 'shop' as service, 'database' as layer,
    'postgresql://db:5432/shop' as component, case when n.problem % 50 = 0 then 'unknown' else 'database.deadlock' end as cause,
    'table ' || n.problem as "object", 0.5 + (n.problem % 50) / 100 as confidence, 'app/stock.py:' || n.problem % 900 || ' view' as location,
    'psycopg.errors.DeadlockDetected' as exception_type, 'deadlock detected on ' || n.problem as exception_message,
    '1:' || left(md5('p' || n.problem), 16) as fingerprint, case when n.problem % 10 = 0 then 'shop 1.0 -> 1.1' else '' end as change,
    '' as runner_up,
    [
        {{'rule': 'database_code', 'span_id': left(md5('x'), 16), 'source': 'span', 'seen_at': n.start_time, 'statement': 'the database answered 40P01, a deadlock, to a query of shop', 'weight': 4.0}},
        {{'rule': 'deepest_error', 'span_id': left(md5('x'), 16), 'source': 'span', 'seen_at': n.start_time, 'statement': 'the deepest span that failed is a call of PostgreSQL', 'weight': 2.0}}
    ] as evidence,
    ['PostgreSQL''s log: `culpa snippet postgresql` prints the lines'] as missing, 'database.deadlock' as runbook, r.i = 1 as settled,
    make_timestamp_ns(n.ended_ns + 500000000 + r.i * 10000000000) as judged_at, 'bench' as rules_version, false as withdrawn, ['shop', 'nginx'] as services,
    [] as joined, r.i = 0 as superseded
from numbered as n, range(2) as r(i)
"""

_RESOURCES = """
insert into segment.data.resources by name
select
    r.i as resource_id, 'shop' as service_name, '' as service_namespace, '1.' || (r.i - 1) as service_version, 'pod-' || r.i as service_instance_id,
    'production' as deployment_environment_name, '' as vcs_ref_head_revision, 'host-' || r.i as host_name, '' as host_id, 100 + r.i as process_pid,
    'python' as telemetry_sdk_language, '' as schema_url, make_timestamp_ns({began_ns} + (r.i - 1) * 3600000000000) as first_seen,
    [] as attr_keys, [] as attr_vals
from range(1, 4) as r(i)
"""
#: Rows of one transaction.
_STEP = 250_000


def write_store(path: Path, requests: int, now_ns: int) -> None:
    """Write so many requests of the day before `now_ns`, one in five failed and judged, into a new store.

    As in a store that grew, all but the newest rows lie in sealed files.
    """
    path.mkdir(parents=True, exist_ok=True)
    began_ns, apart_ns = now_ns - _DAY_NS, (_DAY_NS - 120 * 10**9) // requests
    numbers = {"began_ns": began_ns, "apart_ns": apart_ns, "every": EVERY, "routes": _ROUTES, "frequent": _FREQUENT}
    with DuckDBStore(path, writable=True, shared=True) as store:
        with store.transaction() as cursor:
            cursor.execute(_RESOURCES.format(**numbers))
        for first in range(0, requests, _STEP):
            last = min(requests, first + _STEP)
            since_ns = began_ns + first * apart_ns
            with store.transaction() as cursor:
                cursor.execute(_SPANS.format(first=first, last=last, **numbers))
                cursor.execute(ACCESS.format(since_ns=since_ns))
                cursor.execute(_EXCEPTIONS.format(since_ns=since_ns))
                cursor.execute(_VERDICTS.format(first=first // EVERY, since_ns=since_ns, **numbers))
            store.checkpoint()
            if last < requests:
                seal(store, hot_rows(store))
