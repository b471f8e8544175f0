-- Did the process manager, or what watches over a worker, end one that took too long?
-- kind: direct
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, 'app.worker_timeout' as cause,
    o.location, 1.0 as strength,
    'the process manager ended the worker: ' || o.brief as statement
from origins as o
where @says worker_timeout (words: o.words, stack: o.stacktrace)@
