-- Does the kernel tell that it killed a process for want of memory?
-- kind: direct
-- idle without: happenings
select
    h.trace_id, h.request_span_id, h.source, h.seen_at,
    h.service,
    case when h.host = '' and h.told_host <> '' then 'host:' || h.told_host else h.host end as host, 'host.memory_exhausted' as cause,
    h.killed_name as object, h.surety * case when h.is_broken then 1.1 else 0.5 end as strength,
    'the kernel says: ' || left(h.body, 160) as statement
from happenings as h
where h.event_name = 'process.oom_killed'
-- Of each process that it killed it writes two lines; the last one says how much memory it had.
qualify row_number() over (
    partition by h.trace_id, h.request_span_id, h.about_pid, case when h.about_pid = 0 then h.source end
    order by h.seen_at desc, h.source
) = 1
