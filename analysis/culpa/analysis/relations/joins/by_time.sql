-- The line tells what happened to a process or a server while the request was under way, or kept it from being served at all.
-- one row per: log_id, trace_id, request_span_id
-- surety: 0.75; 0.5 with the time of a line before; 0.4 without a time
-- idle without: server_events, failed_lines
-- columns:
--   log_id, trace_id, request_span_id, joined_by varchar, surety double: as in joined_logs
with said_of as (
    select c.trace_id, c.request_span_id, max(l.at_ns) as at_ns
    from by_client as c
    join near_lines as l on c.log_id = l.log_id
    group by c.trace_id, c.request_span_id
),
-- An access log that has the begin and no duration: what the server's error log says of the request in the end tells when that was.
ended as (
    select f.* replace (greatest(f.end_ns, coalesce(s.at_ns, 0)) as end_ns)
    from failed_lines as f
    left join said_of as s on f.trace_id = s.trace_id and f.span_id = s.request_span_id
),
beside as (
    -- Of many alike the nearest.
    select
        e.log_id, e.at_ns, e.format, e.service_name, e.event_name, e.told_pid, e.is_of_process,
        e.is_of_before and e.at_ns > 0 and e.at_ns < f.from_ns as is_of_before, f.trace_id, f.span_id, f.end_ns
    from server_events as e
    join ended as f
        on case
            when e.event_name = 'process.boot_failed' then
                (f.status in (502, 503, 504) or (f.status = 500 and e.format in @formats runs_apps@)) and f.upstream_header_ns < 0
                and (e.at_ns <= 0 or f.start_ns <= 0 or e.at_ns between
                    f.from_ns - case when e.format in @formats starts_anew@ then 60000000000 else 3600000000000 end
                    -- Where nobody knows when the request ended: Passenger waits for a start for so long.
                    and f.end_ns + case when e.format in @formats starts_anew@ and f.format in @formats begins@ and f.end_ns = f.start_ns
                        then 90000000000 else 3000000000 end)
            when e.at_ns <= 0 then
                e.event_name in ('worker.killed', 'worker.exited', 'process.oom_killed', 'process.crashed', 'server.crashed', 'memory.exhausted')
                or (e.event_name = 'worker.timeout' and f.end_ns - f.start_ns >= 1000000000)
            -- A process that ended at some time after the line before: where little is asked that may be minutes later.
            when e.is_of_before and e.event_name in ('worker.killed', 'worker.exited', 'process.crashed') then
                f.status in (502, 503, 504) and f.upstream_header_ns < 0
                and e.at_ns between f.from_ns - 600000000000 and f.end_ns + 3000000000
            -- A manager ends a worker some seconds after it said so; without a duration nobody knows that the request was under way then.
            -- One that waits as long as the web server sees a moment later that the worker had been silent all the time.
            when e.event_name = 'worker.timeout' and f.end_ns = f.start_ns then
                e.at_ns between f.from_ns - 5000000000 and f.end_ns + case when f.status = 504 then 1700000000 else 700000000 end
            -- A web server waits for a minute, if nobody said otherwise; without a duration nobody knows how long it was.
            when e.event_name = 'files.exhausted' and f.status = 504 and f.end_ns = f.start_ns then e.at_ns between f.from_ns - 60000000000 and f.end_ns
            -- What came after the end cannot explain it: the kernel's clock drifts a little, a supervisor looks now and then.
            when e.is_of_process and e.format not in @formats late@ then e.at_ns between f.from_ns and f.end_ns + 700000000
            else e.at_ns between f.from_ns and f.end_ns + 3000000000
        end
    where
        e.event_name not in ('worker.started', 'server.ready', 'slow.query')
        -- A web server that starts the apps itself tells of them in its own log.
        -- No app says of itself that it gave no answer: its platform does, under the same name.
        and (
            e.service_name <> f.service_name or e.format in @formats runs_apps@
            or (f.format in @formats names_service@ and f.status in (502, 503, 504)))
        -- What got its answer from the app did not lose it by the end of a process; it may have been a long time in coming.
        and not (e.is_of_process and f.upstream_header_ns >= 0 and not (
            e.event_name in ('worker.timeout', 'worker.slow') and f.end_ns - f.start_ns >= 1000000000))
    qualify row_number() over (
        partition by f.trace_id, f.span_id, e.event_name, e.error_code, e.format order by abs(e.at_ns - f.end_ns), e.log_id
    ) <= 3
)
select
    b.log_id, b.trace_id, b.span_id as request_span_id, 'time' as joined_by,
    -- A recorded line without a time may be of any time: it still tells that such things happened.
    case when b.at_ns <= 0 and b.event_name <> 'process.boot_failed' then 0.4 when bool_or(b.is_of_before) then 0.5 else 0.75 end::double as surety
from beside as b
-- The request's work is known to be that of another process.
left join workers as w on b.is_of_process and b.told_pid > 0 and b.trace_id = w.trace_id and b.span_id = w.request_span_id
-- A failed start that went well since tells nothing of now, nor one before a later crash; within some seconds it is the same start.
anti join server_events as r
    on b.event_name = 'process.boot_failed' and b.format = r.format and b.service_name = r.service_name
    and ((r.event_name in ('server.ready', 'worker.started') and r.at_ns > b.at_ns and r.at_ns <= b.end_ns)
        or (r.event_name = 'server.crashed' and r.at_ns > b.at_ns + 10000000000 and r.at_ns <= b.end_ns + 3000000000))
group by b.log_id, b.at_ns, b.event_name, b.told_pid, b.trace_id, b.span_id
having count(w.process_pid) = 0 or bool_or(w.process_pid = b.told_pid)
-- Of requests after the line before, one process had but the first.
qualify not bool_or(b.is_of_before) or row_number() over (partition by b.log_id order by min(b.end_ns)) = 1
