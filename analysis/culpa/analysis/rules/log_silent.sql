-- Did the app answer 5xx while its own log, which is read, tells of the request but of no exception?
-- kind: absence
select
    r.trace_id, r.request_span_id, '' as span_id, 'absence:exception' as source, r.ended_at as seen_at,
    'app' as layer, b.upstream as component, 'app.error_response' as cause,
    r.path as object, '' as location, 0.8 as strength,
    b.upstream || ' answered ' || r.status || '; its log has the request and no exception' as statement
from requests as r
join blamed as b on r.trace_id = b.trace_id and r.request_span_id = b.request_span_id
semi join happenings as h
    on r.trace_id = h.trace_id and r.request_span_id = h.request_span_id and starts_with(h.event_name, 'request.')
    and h.log_service <> h.web_server
anti join origins as o on r.trace_id = o.trace_id and r.request_span_id = o.request_span_id
where
    r.record = 'access' and b.upstream <> '' and not b.has_spans and r.last_upstream_status = r.status and r.upstream_header_ns >= 0
