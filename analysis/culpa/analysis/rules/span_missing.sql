-- Is the span of a service missing that sends spans otherwise, for a request whose connection broke?
-- kind: indirect
select
    r.trace_id, r.request_span_id, '' as span_id, 'absence:span' as source, r.ended_at as seen_at,
    'app' as layer, b.service as component, 'app.worker_killed' as cause,
    '' as object, '' as location, 1.0 as strength,
    b.service || ' sends spans otherwise, and none came of this request: its process ended while it worked' as statement
from requests as r
join blamed as b on r.trace_id = b.trace_id and r.request_span_id = b.request_span_id
join learnt_services as k on r.last_upstream = k.upstream_address
where
    r.record = 'access' and not b.has_spans and r.status in (502, 503) and r.upstream_connect_ns >= 0 and r.upstream_header_ns < 0
    and r.duration_ns < 30000000000
