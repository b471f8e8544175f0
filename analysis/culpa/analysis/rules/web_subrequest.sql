-- Did a subrequest for permission fail with 5xx?
-- kind: direct
select
    l.trace_id, l.request_span_id, '' as span_id, l.source, l.seen_at,
    'upstream' as layer, '' as component, 'upstream.error_response' as cause,
    -- A line about the connection to whoever should have answered says why.
    '' as object, '' as location, case when w.trace_id is not null then 0.1 else 1.0 end as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
left join (
    select distinct e.trace_id, e.request_span_id from server_lines as e
    where e.says in ('refused', 'no_socket', 'connect_timeout', 'read_timeout', 'closed_early', 'reset', 'bad_answer', 'tls', 'name', 'denied')
) as w on l.trace_id = w.trace_id and l.request_span_id = w.request_span_id
where l.says = 'subrequest'
