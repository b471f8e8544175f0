-- Did an app that says what goes wrong in it answer 5xx, and nothing on record explains it?
-- kind: absence
-- idle without: own_answers
select
    a.trace_id, a.request_span_id, a.unit_span_id as span_id, 'absence:exception' as source, a.start_time as seen_at,
    a.service, 'app.error_response' as cause,
    a.http_route as object, a.location, a.strength,
    a.says || ' and no exception or failed call on record explains it' as statement
from own_answers as a
semi join outspoken as o on a.trace_id = o.trace_id and a.request_span_id = o.request_span_id and a.service = o.service
