-- Did the app answer 5xx of its own will, with no exception and no failed call to be found?
-- kind: absence
select
    b.trace_id, b.request_span_id, b.unit_span_id as span_id, 'absence:exception' as source, s.start_time as seen_at,
    'app' as layer, b.service as component, 'app.error_response' as cause,
    s.http_route as object, s.code_function_name as location,
    1.0 as strength,
    b.service || ' answered ' || s.http_response_status_code || ' and no exception or failed call is on record' as statement
from blamed as b
join requests as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id
join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
anti join origins as o on b.trace_id = o.trace_id and b.request_span_id = o.request_span_id
where
    s.kind = 2 and s.http_response_status_code >= 500
    -- A web server's own span of the request of record is no app.
    and not (r.record = 'access' and b.unit_span_id = b.request_span_id)
