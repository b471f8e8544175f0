-- Does a log tell that the process manager ended a worker that took too long?
-- kind: direct
-- idle without: happenings
select
    h.trace_id, h.request_span_id, h.source, h.seen_at,
    h.service, 'app.worker_timeout' as cause,
    h.killed_name as object, h.surety as strength,
    'the process manager says: ' || left(h.body, 160) as statement
from happenings as h
where h.event_name = 'worker.timeout'
