-- Does a log tell that a worker of the app died while the request was under way?
-- kind: direct
-- idle without: happenings
select
    h.trace_id, h.request_span_id, h.source, h.seen_at,
    -- Behind a web server that names nobody the log itself says whose worker it was.
    case when h.service = h.web_server and h.log_service <> '' then h.log_service else h.service end as service, 'app.worker_killed' as cause,
    h.killed_name as object,
    -- That the kernel killed it says more, and so does that its manager ended it; and a worker that is no more keeps nobody from
    -- being accepted: its manager holds the port.
    h.surety * case
        when k.trace_id is not null or t.trace_id is not null then 0.3
        when starts_with(h.event_name, 'worker.') and r.trace_id is not null then 0.2
        when h.is_broken then 1.0
        else 0.5
    end as strength,
    'a process died: ' || left(h.body, 160) as statement
from happenings as h
left join happenings as k
    on h.trace_id = k.trace_id and h.request_span_id = k.request_span_id and k.event_name = 'process.oom_killed' and k.joined_by = 'process'
left join happenings as t
    on h.trace_id = t.trace_id and h.request_span_id = t.request_span_id and t.event_name = 'worker.timeout' and t.about_pid > 0
    and h.about_pid = t.about_pid
left join server_lines as r
    on h.trace_id = r.trace_id and h.request_span_id = r.request_span_id and r.says in ('refused', 'no_socket', 'no_upstream', 'no_target')
where h.event_name in ('worker.killed', 'process.crashed', 'worker.exited') and not (h.event_name = 'worker.exited' and not h.is_broken)
qualify row_number() over (partition by h.trace_id, h.request_span_id, h.log_id) = 1
