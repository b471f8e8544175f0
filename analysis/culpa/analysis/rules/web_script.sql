-- Did a script of the web server's own configuration fail?
-- kind: direct
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, '' as span_id, l.source, l.seen_at,
    'config' as layer, l.web_server as component, 'config.web_server' as cause,
    regexp_extract(l.body, 'at ([^ ]+ \([^)]*\))', 1) as object, '' as location, 1.0 as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
where l.says = 'script'
