-- Did the web server's access line show that no connection to the app was made?
-- kind: indirect
-- idle without: blamed, requests
select
    b.trace_id, b.request_span_id, 'access:' || b.access_id as source, r.ended_at as seen_at,
    b.upstream as service, 'app.down' as cause,
    b.last_upstream as object,
    -- A socket in the file system may as well be there and forbidden; some formats do not tell of the connection.
    case when starts_with(b.last_upstream, 'unix:') or b.format in @formats hides_connection@ then 0.3 else 0.6 end as strength,
    b.web_server || ' answered ' || b.line_status || ' and never had a connection to ' || b.last_upstream as statement
from blamed as b
join requests as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id
anti join server_lines as l on b.trace_id = l.trace_id and b.request_span_id = l.request_span_id
where
    b.line_span_id <> '' and b.upstream_address <> '' and b.line_status in (502, 503, 504) and b.last_upstream_status = b.line_status
    and b.upstream_connect_ns < 0 and b.upstream_header_ns < 0
