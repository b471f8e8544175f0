-- Did the app not accept the web server's connection in time?
-- kind: indirect
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, '' as span_id, l.source, l.seen_at,
    'app' as layer, case when l.upstream <> '' then l.upstream else l.service end as component, 'app.down' as cause,
    l.upstream as object, '' as location, 1.0 as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
where l.says = 'connect_timeout'
