-- What did healthy requests of the same place do, those nearest in time?
-- params: service varchar, route varchar ('' where there is none: then path), path varchar, method varchar, is_access boolean,
--   at_ns bigint, within_ns bigint (how far away in time), max_traces bigint, max_spans bigint (larger traces are left out)
-- columns: trace_id, entry_id (span id of the request), distance_ns, from_ns, to_ns (ns since 1970); the nearest first
with found as materialized (
    select s.trace_id, s.span_id, abs(epoch_ns(s.start_time) - $at_ns) as distance_ns
    from spans as s
    where
        not $is_access and s.kind = 2 and s.service_name = $service and s.http_request_method = $method
        and (($route <> '' and s.http_route = $route) or ($route = '' and s.url_path = $path))
        and s.http_response_status_code between 100 and 399 and s.status_code <> 2
        and s.start_time >= make_timestamp_ns($at_ns - $within_ns) and s.start_time <= make_timestamp_ns($at_ns + $within_ns)
    union all
    select a.trace_id, a.span_id, abs(epoch_ns(a.start_time) - $at_ns) as distance_ns
    from access as a
    where
        $is_access and a.service_name = $service and a.http_request_method = $method and a.url_path = $path
        and a.http_response_status_code between 100 and 399 and a.completed
        and a.start_time >= make_timestamp_ns($at_ns - $within_ns) and a.start_time <= make_timestamp_ns($at_ns + $within_ns)
),
-- Only of those: to gather all that was ever judged takes longer.
judged as (
    select v.trace_id from failures as v where v.trace_id in (select f.trace_id from found as f)
),
nearest as (
    select f.trace_id, min_by(f.span_id, f.distance_ns) as entry_id, min(f.distance_ns) as distance_ns
    from found as f
    where f.trace_id not in (select j.trace_id from judged as j)
    group by f.trace_id
    order by min(f.distance_ns), f.trace_id
    limit $max_traces
)
select
    n.trace_id, n.entry_id, n.distance_ns, min(epoch_ns(s.start_time)) as from_ns, max(epoch_ns(s.start_time) + s.duration_ns) as to_ns
from nearest as n
join spans as s on n.trace_id = s.trace_id
-- What is compared lies within some hours (explanation/reach.py): few files and blocks hold it.
where s.start_time >= make_timestamp_ns(greatest(0, $at_ns - $within_ns - 7200000000000)) and s.start_time <= make_timestamp_ns($at_ns + $within_ns + 7200000000000)
group by n.trace_id, n.entry_id, n.distance_ns
having count(*) <= $max_spans
order by n.distance_ns, n.trace_id
