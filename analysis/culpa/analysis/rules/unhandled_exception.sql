-- Did an exception of the app's own code end the request?
-- kind: fallback
-- idle without: own_faults
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, 'app.unhandled_exception' as cause,
    o.location, o.own as strength,
    case when o.handled then 'the app handled and answered for ' else 'the request ended with ' end || o.brief
        || case when o.location <> '' then ' at ' || o.location else '' end as statement
from own_faults as o
