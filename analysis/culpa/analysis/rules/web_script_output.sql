-- Could the web server not run a script, or did the script print no headers?
-- kind: indirect
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, '' as span_id, l.source, l.seen_at,
    'config' as layer, l.web_server as component, 'config.web_server' as cause,
    regexp_extract(l.body, '(?:headers: |exec of '')([^ '']+)', 1) as object, '' as location, 1.0 as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
where l.says = 'script_output'
