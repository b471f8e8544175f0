-- Did the web server's access line show that no connection to the app was made?
-- kind: indirect
select
    r.trace_id, r.request_span_id, '' as span_id, 'access:' || r.access_id as source, r.ended_at as seen_at,
    'app' as layer, b.upstream as component, 'app.down' as cause,
    r.last_upstream as object, '' as location, 0.6 as strength,
    r.web_server || ' answered ' || r.status || ' and never had a connection to ' || r.last_upstream as statement
from requests as r
join blamed as b on r.trace_id = b.trace_id and r.request_span_id = b.request_span_id
anti join server_lines as l on r.trace_id = l.trace_id and r.request_span_id = l.request_span_id
where
    r.record = 'access' and r.last_upstream <> '' and r.status in (502, 503, 504) and r.last_upstream_status = r.status
    and r.upstream_connect_ns < 0 and r.upstream_header_ns < 0
