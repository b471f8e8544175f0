-- Databases, caches and brokers whose process the kernel killed for want of memory, in the ten minutes before nobody answered there.
-- one row per: trace_id, request_span_id, callee
-- idle without: origins, server_events
-- columns:
--   trace_id, request_span_id, callee varchar: the failed request, and whom it asked
--   log_id, source varchar, seen_at timestamp_ns, body varchar: the kernel's line
--   killed_name varchar: of the process
--   told_host varchar: the machine that the line names, '' if none
with names as (
    select v.system, v.name
    from (values @processes@) as v(system, name)
),
killed as (
    select
        e.log_id, e.at_ns, l.body, l."time" as seen_at, attr(l.attr_keys, l.attr_vals, 'process.killed.name') as killed_name, e.told_host
    from server_events as e
    join near_lines as l on e.log_id = l.log_id
    where e.event_name = 'process.oom_killed' and e.at_ns > 0
)
select
    o.trace_id, o.request_span_id, o.callee, k.log_id, 'log:' || k.log_id as source, k.seen_at, k.body, k.killed_name, k.told_host
from origins as o
join requests as r on o.trace_id = r.trace_id and o.request_span_id = r.request_span_id
join names as n on regexp_extract(o.callee, '^([a-z_.]+)://', 1) = n.system
join killed as k
    on starts_with(k.killed_name, n.name) and k.at_ns between r.start_ns - 600000000000 and r.end_ns + 1000000000
    -- On the machine that was asked, where both are known: an address of its own machine is the caller's.
    and (
        k.told_host = '' or regexp_matches(o.callee, '^[a-z_.]+://(localhost|127\.0\.0\.1|\[::1\])?(:|/|$)|^[a-z_.]+://[0-9.]+(:|/|$)')
        or starts_with(regexp_extract(o.callee, '^[a-z_.]+://([^:/]+)', 1), k.told_host)
        -- Names of containers are not those of their machines.
        or not contains(regexp_extract(o.callee, '^[a-z_.]+://([^:/]+)', 1), '.')
    )
where o.kind_of_callee in ('database', 'cache', 'queue')
qualify row_number() over (partition by o.trace_id, o.request_span_id, o.callee order by k.at_ns desc, k.log_id) = 1
