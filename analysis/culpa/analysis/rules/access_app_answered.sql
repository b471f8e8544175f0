-- Did the app answer 5xx, as the access line tells, without any telemetry from inside?
-- kind: weak
-- idle without: blamed, requests
select
    b.trace_id, b.request_span_id, 'access:' || b.access_id as source, r.ended_at as seen_at,
    b.upstream as service, 'app.error_response' as cause,
    r.path as object, 1.0 as strength,
    b.upstream || ' itself answered ' || b.line_status || ' and sent no telemetry of this request' as statement
from blamed as b
join requests as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id
-- Of a service whose spans come of some requests only, one that is missing says nothing of what the app did.
anti join learnt_services as k on b.last_upstream = k.upstream_address and k.requests > 0 and k.coverage < 0.9
anti join unheard as u on b.trace_id = u.trace_id and b.request_span_id = u.request_span_id
where
    b.line_span_id <> '' and b.upstream <> '' and not b.has_spans
    and b.last_upstream_status = b.line_status and b.upstream_header_ns >= 0
