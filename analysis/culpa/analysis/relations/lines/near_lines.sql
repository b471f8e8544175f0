-- Lines that may belong to a request to be judged: they name its trace or the server's id of it, or were written near it.
-- one row per: log_id, known_trace_id
-- idle without: logged
-- columns:
--   log_id varchar, time timestamp_ns, trace_id, span_id varchar, severity_number utinyint, service_name, body, event_name, format,
--     scope_name varchar, process_pid bigint, thread_id, connection_id, request_id, error_code, http_request_method, url_path,
--     upstream_address varchar, attr_keys, attr_vals varchar[]: as in logs; last words are a start that failed
--   known_trace_id varchar: the trace to be judged that it names, '' if none
--   is_identified boolean: it bears the server's own id of a failed request
--   at_ns bigint: when it was written, else when it was read, ns since 1970
--   last_part varchar: of the path
--   told_pid bigint, told_host, told_status, told_client varchar: of whom it tells
with maybe_cut as (
    -- An answer that broke off after its status looks complete to nginx: its error log knows the connection.
    select a.start_ns - 1000000000 as from_ns, a.end_ns + 2000000000 as to_ns
    from scoped_access as a
    where a.completed and a.http_response_status_code between 200 and 399 and a.connection_id <> '' and a.start_ns > 0
),
bounds as (
    select
        min(f.from_ns) as failed_from_ns,
        -- Of some lines nobody knows whether they bear the begin or the end.
        max(f.to_ns + case when f.end_ns = f.start_ns and f.format in @formats shared@ then 60000000000 else 5000000000 end) as failed_to_ns,
        coalesce(bool_or(f.start_ns <= 0), false) as is_untimed,
        (select min(c.from_ns) from maybe_cut as c) as cut_from_ns, (select max(c.to_ns) from maybe_cut as c) as cut_to_ns,
        (select min(c.from_ns) from left_open as c) as open_from_ns, (select max(c.to_ns) from left_open as c) as open_to_ns
    from failed_lines as f
),
reach as (
    select
        make_timestamp_ns(b.failed_from_ns) as from_time, make_timestamp_ns(b.failed_from_ns - 3600000000000) as boot_time,
        make_timestamp_ns(b.failed_to_ns) as to_time, b.is_untimed,
        make_timestamp_ns(b.cut_from_ns) as cut_from_time, make_timestamp_ns(b.cut_to_ns) as cut_to_time,
        make_timestamp_ns(b.open_from_ns) as open_from_time, make_timestamp_ns(b.open_to_ns) as open_to_time
    from bounds as b
)
-- A line without a time may be of any time; one with a time is looked for near the failures only, but a start that failed,
-- or went well after that, or a process that was killed for want of memory, may be an hour old; and what bears the time of the line before is younger than that.
select
    l.log_id, l."time", l.trace_id, l.span_id, l.severity_number, l.service_name, l.body,
    case when w.log_id is null then l.event_name else 'process.boot_failed' end as event_name, l.format, l.scope_name,
    l.process_pid, l.thread_id, l.connection_id, l.request_id, l.error_code, l.http_request_method, l.url_path, l.upstream_address,
    l.attr_keys, l.attr_vals,
    coalesce(k.trace_id, '') as known_trace_id, i.request_id is not null as is_identified,
    -- What bears no time was said when it was read, if it was read at the time.
    epoch_ns(case when l."time" > make_timestamp_ns(0) then l."time" else l.observed_time end) as at_ns,
    regexp_extract(l.url_path, '[^/]*$') as last_part,
    -- Who died, where another process tells of it.
    case when attr(l.attr_keys, l.attr_vals, 'process.killed.pid') <> ''
        then coalesce(try_cast(attr(l.attr_keys, l.attr_vals, 'process.killed.pid') as bigint), 0) else l.process_pid end as told_pid,
    regexp_extract(attr(l.attr_keys, l.attr_vals, 'host.name'), '^[^.]*') as told_host,
    attr(l.attr_keys, l.attr_vals, 'http.response.status_code') as told_status,
    attr(l.attr_keys, l.attr_vals, 'client.address') as told_client
from logs as l
cross join reach as r
left join last_words as w on l.log_id = w.log_id
left join (
    select g.trace_id as own_trace_id, g.trace_id, make_timestamp_ns(0) as from_time, timestamp_ns '2200-01-01' as to_time
    from in_scope as g
    union all
    select d.old_trace_id as own_trace_id, d.trace_id, d.from_time, d.to_time from leaked as d
) as k on l.trace_id = k.own_trace_id and (k.own_trace_id = k.trace_id or l."time" between k.from_time and k.to_time)
left join (
    select distinct q.service_name, q.request_id from request_ids as q
) as i on l.request_id = i.request_id and l.service_name = i.service_name and l.trace_id = '' and l.format not in @formats sent@
where
    (l."time" >= make_timestamp_ns($since_ns) - interval 2 hour or l."time" <= make_timestamp_ns(0))
    -- What another culpa found is no witness of its own.
    and l.event_name <> 'culpa.verdict'
    and (
        k.trace_id is not null or i.request_id is not null
        or (
            l.trace_id = ''
            and (l.format not in @formats sent@ or l.event_name in ('process.boot_failed', 'server.ready', 'server.crashed'))
            and (
                l."time" between r.from_time and r.to_time
                or (l.connection_id <> '' and l."time" between r.cut_from_time and r.cut_to_time)
                or (l.event_name <> '' and l."time" between r.open_from_time and r.open_to_time)
                or (
                    l."time" between r.boot_time and r.from_time
                    and (
                        w.log_id is not null
                        or l.event_name in (
                            'process.boot_failed', 'server.ready', 'worker.started', 'worker.timeout', 'process.oom_killed', 'files.exhausted'
                        )
                        or (
                            l.event_name in ('worker.killed', 'worker.exited', 'process.crashed')
                            and attr(l.attr_keys, l.attr_vals, 'log.time_of_line_before') = 'true'
                        )
                    )
                )
                or (
                    l."time" <= make_timestamp_ns(0) and r.from_time is not null
                    and (l.observed_time <= make_timestamp_ns(0) or l.observed_time between r.boot_time and r.to_time)
                )
                or r.is_untimed
            )
        )
    )
