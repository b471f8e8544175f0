-- Was the queue of the app full, so that it took no more connections?
-- kind: direct
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, '' as span_id, l.source, l.seen_at,
    'app' as layer, case when l.upstream <> '' then l.upstream else l.service end as component, 'app.workers_exhausted' as cause,
    '' as object, '' as location, 1.0 as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
where l.says = 'busy'
