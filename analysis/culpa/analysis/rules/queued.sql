-- Did the request wait for a free worker for most of its time?
-- kind: direct
select
    r.trace_id, r.request_span_id, b.unit_span_id as span_id, 'span:' || b.unit_span_id as source, s.start_time as seen_at,
    'app' as layer, b.service as component, 'app.workers_exhausted' as cause,
    '' as object, '' as location, 1.0 as strength,
    b.service || ' began to work on it only ' || round((s.start_ns - r.start_ns) / 1e9, 1) || ' s after ' || r.web_server || ' had it' as statement
from requests as r
join blamed as b on r.trace_id = b.trace_id and r.request_span_id = b.request_span_id
join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
where
    r.record = 'access' and r.status in (502, 503, 504)
    and s.start_ns - r.start_ns >= greatest(0.5 * r.duration_ns, 500000000)
