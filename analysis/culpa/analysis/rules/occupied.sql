-- Which requests kept the workers busy while this one waited for a free one?
-- kind: indirect
-- idle without: occupants
select
    a.trace_id, a.request_span_id, a.span_id, 'span:' || a.span_id as source, a.start_time as seen_at,
    a.service, 'app.workers_exhausted' as cause,
    0.5 as strength,
    case when a.requests = 1 then 'another request was' else a.requests || ' other requests were' end || ' at work on ' || a.service
        || ' meanwhile, the longest, ' || a.span_name || ', for ' || round(a.duration_ns / 1e9, 1) || ' s' as statement
from occupants as a
