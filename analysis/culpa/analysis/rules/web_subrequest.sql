-- Did a subrequest for permission fail with 5xx?
-- kind: direct
select
    l.trace_id, l.request_span_id, '' as span_id, l.source, l.seen_at,
    'upstream' as layer, '' as component, 'upstream.error_response' as cause,
    '' as object, '' as location, 1.0 as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
where l.says = 'subrequest'
