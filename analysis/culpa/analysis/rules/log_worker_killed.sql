-- Does a log tell that a worker of the app died while the request was under way?
-- kind: direct
select
    h.trace_id, h.request_span_id, '' as span_id, h.source, h.seen_at,
    'app' as layer, h.service as component, 'app.worker_killed' as cause,
    h.killed_name as object, '' as location,
    -- That the kernel killed it, or that its manager did because it took too long, says more.
    h.surety * case when k.trace_id is not null or t.trace_id is not null then 0.3 when h.is_broken then 1.0 else 0.5 end as strength,
    'a process died: ' || left(h.body, 160) as statement
from happenings as h
left join happenings as k
    on h.trace_id = k.trace_id and h.request_span_id = k.request_span_id and k.event_name = 'process.oom_killed' and k.joined_by = 'process'
left join (
    select distinct e.trace_id, e.request_span_id, e.killed_pid from happenings as e where e.event_name = 'worker.timeout' and e.killed_pid <> ''
) as t on h.trace_id = t.trace_id and h.request_span_id = t.request_span_id and h.killed_pid = t.killed_pid
where h.event_name in ('worker.killed', 'process.crashed', 'worker.exited') and not (h.event_name = 'worker.exited' and not h.is_broken)
