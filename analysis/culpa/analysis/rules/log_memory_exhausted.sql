-- Does the app's own output tell that it ended for want of memory?
-- kind: direct
-- idle without: happenings
select
    h.trace_id, h.request_span_id, h.source, h.seen_at,
    h.service, h.host, 'host.memory_exhausted' as cause,
    h.surety * case when h.is_broken then 1.1 else 0.5 end as strength,
    'the app ran out of memory: ' || left(h.body, 160) as statement
from happenings as h
where h.event_name = 'memory.exhausted' and h.format in @formats ends_at_memory@ and (h.joined_by <> 'time' or h.is_broken)
