-- Was the exception that ended the request raised by a line of the app's own code, and follows it from no call that had failed?
-- kind: fallback
-- idle without: own_faults
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, 'app.unhandled_exception' as cause,
    -- More of where than of why: it confirms, and outweighs nothing that is more special.
    o.location, 0.2 * o.share as strength,
    'the app''s own code raised it, and it follows from no failed call' as statement
from own_faults as o
join blamed as b on o.trace_id = b.trace_id and o.request_span_id = b.request_span_id
anti join passed_on as c on b.trace_id = c.trace_id and b.request_span_id = c.request_span_id and b.unit_span_id = c.unit_span_id
where o.own = 1.0 and o.in_app
