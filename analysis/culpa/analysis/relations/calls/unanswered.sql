-- Failed requests of which the access line is all that tells: the app took the web server's connection and sent no header.
-- one row per: trace_id, request_span_id
-- idle without: blamed, requests
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   source varchar: the access line
--   seen_at timestamp_ns: when it ended
--   status usmallint: what the web server answered
--   service varchar: component name of the app
--   object varchar: its address
--   words varchar: what the line shows
select
    b.trace_id, b.request_span_id, 'access:' || b.access_id as source, r.ended_at as seen_at, b.line_status as status,
    b.upstream as service, b.last_upstream as object,
    b.web_server || ' answered ' || b.line_status || ': ' || b.last_upstream || ' took the connection and sent no header' as words
from blamed as b
join requests as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id
-- The error log says the same, and how it was.
anti join server_lines as l on b.trace_id = l.trace_id and b.request_span_id = l.request_span_id
where
    b.line_span_id <> '' and b.upstream <> '' and b.last_upstream_status = b.line_status
    and b.upstream_connect_ns >= 0 and b.upstream_header_ns < 0 and not b.has_spans
