-- Had the request waited too long for a worker before anyone looked at it?
-- kind: direct
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, 'app.workers_exhausted' as cause,
    o.location, 1.0 as strength,
    'no worker was free in time: ' || o.brief as statement
from origins as o
where @says request_expired (words: o.words)@
