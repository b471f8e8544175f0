-- Does the kernel tell that it killed a process for want of memory?
-- kind: direct
-- idle without: happenings
select
    h.trace_id, h.request_span_id, '' as span_id, h.source, h.seen_at,
    'host' as layer, case when h.host <> '' then h.host when h.told_host <> '' then 'host:' || h.told_host else h.service end as component, 'host.memory_exhausted' as cause,
    h.killed_name as object, '' as location, h.surety * case when h.is_broken then 1.1 else 0.5 end as strength,
    'the kernel says: ' || left(h.body, 160) as statement
from happenings as h
where h.event_name = 'process.oom_killed'
