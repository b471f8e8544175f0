-- What server logs tell of processes and servers around each failed request, one row per line and request.
-- needs: requests, blamed, scoped_logs
-- columns: trace_id, request_span_id, log_id, source, seen_at, body, format, event_name, error_code, joined_by, surety (0..1 of the
--   join), is_broken (the request lost its connection to the app or never had one), service, upstream, host, web_server,
--   killed_name, log_service, database, statement_span_id
select
    b.trace_id, b.request_span_id, l.log_id, 'log:' || l.log_id as source, l."time" as seen_at, l.body, l.format, l.event_name,
    l.error_code, l.joined_by,
    case l.joined_by when 'trace' then 1.0 when 'process' then 1.0 when 'connection' then 0.95 when 'request' then 0.9 else 0.75 end as surety,
    r.status in (502, 503, 504) and r.upstream_header_ns < 0 as is_broken,
    r.status, b.service, b.upstream, b.host, b.web_server, b.has_spans,
    attr(l.attr_keys, l.attr_vals, 'process.killed.name') as killed_name,
    l.service_name as log_service,
    attr(l.attr_keys, l.attr_vals, 'db.namespace') as database,
    l.span_id as statement_span_id
from blamed as b
join requests as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id
join scoped_logs as l on b.trace_id = l.trace_id and l.request_span_id in ('', b.request_span_id)
where l.format <> 'otlp' and l.event_name <> ''
