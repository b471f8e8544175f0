-- Was the connection to the app closed before any answer, as when its process dies?
-- kind: indirect
select
    l.trace_id, l.request_span_id, '' as span_id, l.source, l.seen_at,
    'app' as layer, case when l.upstream <> '' then l.upstream else l.service end as component, 'app.worker_killed' as cause,
    l.upstream as object, '' as location, case when l.has_spans then 0.7 else 1.0 end as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
where l.says = 'closed_early'
