-- Did the app answer 5xx while its own log, which is read, tells of the request but of no exception?
-- kind: fallback
-- idle without: blamed, happenings, requests
select
    b.trace_id, b.request_span_id, 'absence:exception' as source, r.ended_at as seen_at,
    b.upstream as service, 'app.error_response' as cause,
    r.path as object, 0.8 as strength,
    b.upstream || ' answered ' || b.line_status || '; its log has the request and no exception' as statement
from blamed as b
join requests as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id
semi join happenings as h
    on b.trace_id = h.trace_id and b.request_span_id = h.request_span_id and starts_with(h.event_name, 'request.')
    and h.log_service <> h.web_server
anti join origins as o on b.trace_id = o.trace_id and b.request_span_id = o.request_span_id
where
    b.line_span_id <> '' and b.upstream <> '' and not b.has_spans and b.last_upstream_status = b.line_status and b.upstream_header_ns >= 0
