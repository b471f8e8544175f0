-- Did a gateway hand the request on and answer 502 to 504, so that nobody knows which of the two made that answer?
-- kind: weak
-- idle without: upstream_origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.callee, 'upstream.error_response' as cause,
    o.object, o.share as strength,
    o.service || ' handed the request on' || case when o.callee = '' then '' else ' to ' || o.callee end || ' and answered ' || o.status
        || '; which of the two made that answer is not on record' as statement
from upstream_origins as o
where o.is_handed_on and o.status in (502, 503, 504)
