-- Did a process die to which the app had handed part of the work?
-- kind: direct
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, 'app.worker_killed' as cause,
    o.location,
    o.share as strength,
    'a process that worked for the app died: ' || o.brief as statement
from origins as o
where @says own_process_died (words: o.words)@
