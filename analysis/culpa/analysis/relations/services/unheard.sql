-- Failed requests without a span of the app that stand among requests of its that have none either: not the app is silent, but
-- what would have brought its telemetry (a collector that is down, refuses or samples).
-- one row per: trace_id, request_span_id
-- idle without: blamed, learnt_services
-- columns:
--   trace_id, request_span_id varchar: the failed request
with silent as (
    select b.trace_id, b.request_span_id, b.line_span_id, b.last_upstream, floor(b.line_end_ns / 5000000000)::bigint as slot
    from blamed as b
    semi join learnt_services as k on b.last_upstream = k.upstream_address
    where b.line_span_id <> '' and b.last_upstream <> '' and not b.has_spans
),
-- Five seconds each: before a process died it may not have sent what it saw in the last of them.
slots as (
    select distinct s.last_upstream, s.slot + d.step as slot
    from silent as s
    cross join (values (-3), (-2), (-1), (0), (1), (2)) as d(step)
),
answered as (
    select a.upstream_address as last_upstream, l.slot, a.trace_id, a.span_id
    from access as a
    join slots as l on a.upstream_address = l.last_upstream and floor(epoch_ns(a.start_time) / 5000000000)::bigint = l.slot
    where
        a.start_time >= (select make_timestamp_ns(min(l.slot) * 5000000000) from slots as l)
        and a.start_time < (select make_timestamp_ns((max(l.slot) + 1) * 5000000000) from slots as l)
        and a.http_response_status_code between 200 and 599 and (a.upstream_header_ns >= 0 or a.http_response_status_code < 500)
    -- Some are enough, however busy the service is.
    qualify row_number() over (partition by a.upstream_address, l.slot order by a.span_id) <= 8
),
answers as (
    select a.last_upstream, a.slot, a.span_id, bool_or(s.span_id is not null) as is_heard
    from answered as a
    left join spans as s on a.trace_id = s.trace_id and a.span_id = s.parent_span_id and s.kind = 2
        and s.start_time >= make_timestamp_ns($since_ns) - interval 1 minute
    group by a.last_upstream, a.slot, a.span_id
)
select s.trace_id, s.request_span_id
from silent as s
join answers as a on s.last_upstream = a.last_upstream and a.slot between s.slot - 3 and s.slot + 2 and a.span_id <> s.line_span_id
group by s.trace_id, s.request_span_id
having
    -- None after it, none well before it, none around it, or none of many at its time.
    (count(*) filter (where a.slot > s.slot) >= 2 and not bool_or(a.is_heard and a.slot > s.slot))
    or (count(*) filter (where a.slot < s.slot - 1) >= 2 and not bool_or(a.is_heard and a.slot < s.slot - 1))
    or (count(*) >= 2 and not bool_or(a.is_heard))
    or (count(*) filter (where a.slot >= s.slot) >= 4 and not bool_or(a.is_heard and a.slot >= s.slot))
