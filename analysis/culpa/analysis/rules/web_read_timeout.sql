-- Did the web server give up waiting for the app's answer?
-- kind: weak
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, '' as span_id, l.source, l.seen_at,
    'app' as layer, case when l.upstream <> '' then l.upstream else l.service end as component, 'app.slow' as cause,
    l.upstream as object, '' as location, 1.0 as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
where l.says = 'read_timeout'
