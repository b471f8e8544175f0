-- Had the web server's own machine no space left for what it writes?
-- kind: direct
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, '' as span_id, l.source, l.seen_at,
    'host' as layer, case when l.host <> '' then l.host else l.web_server end as component, 'host.disk_full' as cause,
    regexp_extract(l.body, '"(/[^"]+)"', 1) as object, '' as location, 1.0 as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
where l.says = 'disk'
