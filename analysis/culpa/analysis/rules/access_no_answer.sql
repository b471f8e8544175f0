-- Did the app take the web server's connection and never answer?
-- kind: weak
select
    r.trace_id, r.request_span_id, '' as span_id, 'access:' || r.access_id as source, r.ended_at as seen_at,
    'app' as layer, b.upstream as component,
    case when r.status = 504 then 'app.slow' else 'app.worker_killed' end as cause,
    r.last_upstream as object, '' as location, 1.0 as strength,
    r.web_server || ' answered ' || r.status || ': ' || r.last_upstream || ' took the connection and sent no header' as statement
from requests as r
join blamed as b on r.trace_id = b.trace_id and r.request_span_id = b.request_span_id
where
    r.record = 'access' and r.last_upstream <> '' and r.status in (502, 504) and r.last_upstream_status = r.status
    and r.upstream_connect_ns >= 0 and r.upstream_header_ns < 0 and not b.has_spans
