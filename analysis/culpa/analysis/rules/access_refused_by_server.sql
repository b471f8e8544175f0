-- Did the app's server refuse the request before the app saw it, as when all its workers are busy?
-- kind: indirect
select
    r.trace_id, r.request_span_id, '' as span_id, 'absence:span' as source, r.ended_at as seen_at,
    'app' as layer, b.service as component, 'app.workers_exhausted' as cause,
    '' as object, '' as location, 1.0 as strength,
    b.service || ' answered 503 at once and its code, which sends spans otherwise, never saw the request' as statement
from requests as r
join blamed as b on r.trace_id = b.trace_id and r.request_span_id = b.request_span_id
join learnt_services as k on r.last_upstream = k.upstream_address
where
    r.record = 'access' and r.status = 503 and r.last_upstream_status = 503 and r.upstream_header_ns between 0 and 100000000
    and not b.has_spans
