-- Did the process that runs the app for the web server die before it answered?
-- kind: direct
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, '' as span_id, l.source, l.seen_at,
    'app' as layer, l.service as component, 'app.worker_killed' as cause,
    regexp_extract(l.body, 'daemon process ''([^'']+)', 1) as object, '' as location, 0.7 as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
where l.says = 'daemon_died'
