-- Did a script or daemon that the web server runs itself take longer than it may?
-- kind: direct
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, '' as span_id, l.source, l.seen_at,
    'app' as layer, l.service as component, 'app.slow' as cause,
    regexp_extract(l.body, '(?:headers: |daemon process '')([^ '']+)', 1) as object, '' as location, 1.0 as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
where l.says = 'script_timeout'
