-- Did an app answer 5xx of which neither an exception nor a log was ever kept? Its silence proves little.
-- kind: fallback
-- idle without: own_answers
select
    a.trace_id, a.request_span_id, a.unit_span_id as span_id, 'absence:exception' as source, a.start_time as seen_at,
    a.service, 'app.error_response' as cause,
    a.http_route as object, a.location, a.strength,
    a.says || '; no exception and no log of it was kept around the request, which might have told why' as statement
from own_answers as a
anti join outspoken as o on a.trace_id = o.trace_id and a.request_span_id = o.request_span_id and a.service = o.service
