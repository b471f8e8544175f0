-- Did the app reset the connection before it answered?
-- kind: indirect
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, '' as span_id, l.source, l.seen_at,
    'app' as layer, case when l.upstream <> '' then l.upstream else l.service end as component, 'app.bad_response' as cause,
    l.upstream as object, '' as location, 1.0 as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
where l.says = 'reset'
