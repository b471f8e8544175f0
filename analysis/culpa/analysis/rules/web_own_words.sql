-- Does the web server's error line of a request that it answered 500 speak, in words that we do not know, of nobody behind it?
-- kind: absence
-- idle without: blamed, server_lines
select
    l.trace_id, l.request_span_id, l.source, l.seen_at,
    b.web_server as service, 'config.web_server' as cause, '' as object,
    -- Where its access log does not tell whether anything was forwarded, the app may have answered so.
    0.3 as strength,
    b.web_server || ' says: ' || left(l.body, 180) as statement
from server_lines as l
join blamed as b on l.trace_id = b.trace_id and l.request_span_id = b.request_span_id
join scoped_logs as g on l.log_id = g.log_id and l.trace_id = g.trace_id
anti join server_lines as x on b.trace_id = x.trace_id and b.request_span_id = x.request_span_id and x.says not in ('other', 'nothing')
anti join reached as e on b.trace_id = e.trace_id and b.request_span_id = e.request_span_id
where
    l.says = 'other' and b.line_status = 500 and b.format in @formats shared@ and not b.has_spans
    and b.upstream = '' and g.upstream_address = '' and g.severity_number >= 17
    and not regexp_matches(l.body, 'upstream|backend')
    and not @says app_handler (module: g.scope_name)@
qualify row_number() over (partition by l.trace_id, l.request_span_id order by l.seen_at desc) = 1
