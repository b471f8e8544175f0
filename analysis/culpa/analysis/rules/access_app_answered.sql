-- Did the app answer 5xx, as the access line tells, without any telemetry from inside?
-- kind: weak
select
    r.trace_id, r.request_span_id, '' as span_id, 'access:' || r.access_id as source, r.ended_at as seen_at,
    'app' as layer, b.upstream as component, 'app.error_response' as cause,
    r.path as object, '' as location, 1.0 as strength,
    b.upstream || ' itself answered ' || r.status || ' and sent no telemetry of this request' as statement
from requests as r
join blamed as b on r.trace_id = b.trace_id and r.request_span_id = b.request_span_id
where
    r.record = 'access' and b.upstream <> '' and not b.has_spans
    and r.last_upstream_status = r.status and r.upstream_header_ns >= 0
