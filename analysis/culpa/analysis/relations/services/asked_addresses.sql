-- Addresses that a web server forwarded failed requests to, where no span says who answers there.
-- columns: last_upstream, from_time, to_time (when the requests that may tell of it were made)
select a.last_upstream, min(a.start_time) - interval 6 hour as from_time, max(a.start_time) + interval 6 hour as to_time
from scoped_access as a
left join scoped_spans as s on a.trace_id = s.trace_id and a.span_id = s.parent_span_id and s.kind = 2
where
    a.last_upstream <> '' and a.http_response_status_code >= 500
    -- Who answered, and has a span that says so, need not be learnt.
    and (s.span_id is null or a.upstream_header_ns < 0)
group by a.last_upstream
