-- Did the web server run out of file descriptors?
-- kind: direct
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, '' as span_id, l.source, l.seen_at,
    'host' as layer, case when l.host <> '' then l.host else l.web_server end as component, 'host.too_many_open_files' as cause,
    '' as object, '' as location, 1.0 as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
where l.says = 'files'
