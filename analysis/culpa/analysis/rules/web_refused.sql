-- Did the web server find nobody listening where it forwards to?
-- kind: indirect
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, '' as span_id, l.source, l.seen_at,
    'app' as layer, case when l.upstream <> '' then l.upstream else l.service end as component, 'app.down' as cause,
    l.upstream as object, '' as location, 0.7 as strength,
    'the web server says: ' || left(l.body, 180) as statement
-- Why nobody listens, only the app's own output tells; a failed start would be the deeper cause.
from server_lines as l
where l.says in ('refused', 'no_socket', 'no_upstream')
