-- Addresses that a web server forwarded failed requests to, where no span says who answers there.
-- one row per: last_upstream
-- idle without: scoped_access
-- columns:
--   last_upstream varchar: the address
--   from_time, to_time timestamp_ns: when the requests that may tell of it were made
select
    a.last_upstream,
    -- The oldest DuckDB that is read makes microseconds of it.
    (min(a.start_time) - interval 6 hour)::timestamp_ns as from_time, (max(a.start_time) + interval 6 hour)::timestamp_ns as to_time
from scoped_access as a
left join scoped_spans as s on a.trace_id = s.trace_id and a.span_id = s.parent_span_id and s.kind = 2
where
    a.last_upstream <> '' and a.http_response_status_code >= 500
    -- Who answered, and has a span that says so, need not be learnt.
    and (s.span_id is null or a.upstream_header_ns < 0)
group by a.last_upstream
