-- Did the app take the web server's connection and not answer in time?
-- kind: weak
-- idle without: blamed, requests
select
    b.trace_id, b.request_span_id, 'access:' || b.access_id as source, r.ended_at as seen_at,
    b.upstream as service, 'app.slow' as cause,
    b.last_upstream as object, 1.0 as strength,
    b.web_server || ' answered ' || b.line_status || ': ' || b.last_upstream || ' took the connection and sent no header in time' as statement
from blamed as b
join requests as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id
-- The error log says the same, and how it was.
anti join server_lines as l on b.trace_id = l.trace_id and b.request_span_id = l.request_span_id
where
    b.line_span_id <> '' and b.upstream <> '' and b.line_status = 504 and b.last_upstream_status = b.line_status
    and b.upstream_connect_ns >= 0 and b.upstream_header_ns < 0 and not b.has_spans
