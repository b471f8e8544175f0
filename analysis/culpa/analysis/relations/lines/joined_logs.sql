-- Log records of the traces to be judged, and server-log lines that name no trace but may belong to one of their requests.
-- idle without: logged
-- columns: the ones of logs that rules read (trace_id filled in), and request_span_id (of the access line it was joined to, '' if it
--   came with its own trace), joined_by ('trace', 'connection', 'request', 'process', 'time'), surety (0..1); a line that
--   tells of a whole server may belong to several requests
with failed as (
    select
        a.trace_id, a.span_id, a.format, a.service_name, a.process_pid, a.connection_id, a.request_id, a.log_id,
        a.http_request_method as method, a.url_path, a.http_response_status_code as status, a.upstream_connect_ns,
        a.upstream_header_ns, a.client_address, a.start_ns, a.end_ns,
        -- A line without a duration has whole seconds: Apache's of the begin, nginx's of the end.
        a.start_ns - 1000000000 as from_ns,
        a.end_ns + case when a.format = 'apache_combined' then 60000000000 else 2000000000 end as to_ns,
        regexp_extract(a.url_path, '[^/]*$') as last_part,
        row_number() over (partition by a.url_path, a.http_request_method, a.http_response_status_code order by a.start_ns, a.span_id) as nth
    from scoped_access as a
    where a.http_response_status_code >= 500 or not a.completed
),
-- An answer that broke off after its status looks complete to nginx: its error log knows the connection.
maybe_cut as (
    select a.start_ns - 1000000000 as from_ns, a.end_ns + 2000000000 as to_ns
    from scoped_access as a
    where a.completed and a.http_response_status_code between 200 and 399 and a.connection_id <> '' and a.start_ns > 0
),
-- Whose process died under it, where no web server's line tells of it: the span that was left open.
left_open as (
    select s.trace_id, s.span_id, s.start_ns - 1000000000 as from_ns, s.end_ns + 5000000000 as to_ns, s.process_pid, s.service_name,
        regexp_extract(s.host_name, '^[^.]*') as host_name, s.resource_id
    from scoped_spans as s
    anti join scoped_access as a on s.trace_id = a.trace_id
    where s.kind = 2 and s.error_type = 'process_died' and s.process_pid > 0
),
bounds as (
    select
        min(f.from_ns) as failed_from_ns, max(f.to_ns) + 5000000000 as failed_to_ns, coalesce(bool_or(f.start_ns <= 0), false) as is_untimed,
        (select min(c.from_ns) from maybe_cut as c) as cut_from_ns, (select max(c.to_ns) from maybe_cut as c) as cut_to_ns,
        (select min(c.from_ns) from left_open as c) as open_from_ns, (select max(c.to_ns) from left_open as c) as open_to_ns
    from failed as f
),
reach as (
    select
        make_timestamp_ns(b.failed_from_ns) as from_time, make_timestamp_ns(b.failed_from_ns - 3600000000000) as boot_time,
        make_timestamp_ns(b.failed_to_ns) as to_time, b.is_untimed,
        make_timestamp_ns(b.cut_from_ns) as cut_from_time, make_timestamp_ns(b.cut_to_ns) as cut_to_time,
        make_timestamp_ns(b.open_from_ns) as open_from_time, make_timestamp_ns(b.open_to_ns) as open_to_time
    from bounds as b
),
-- The server's own ids of the requests; with one of them the clocks of the two logs do not matter.
ids as (
    select f.service_name, f.request_id, f.trace_id, f.span_id from failed as f where f.request_id <> ''
    union
    select f.service_name, f.log_id as request_id, f.trace_id, f.span_id from failed as f where f.log_id <> ''
),
lines as (
    -- A line without a time may be of any time; one with a time is looked for near the failures only, but a start that failed,
    -- or went well after that, may be an hour old.
    select
        l.log_id, l."time", l.trace_id, l.span_id, l.severity_number, l.service_name, l.body, l.event_name, l.format, l.scope_name,
        l.process_pid, l.thread_id, l.connection_id, l.error_code, l.http_request_method, l.url_path, l.upstream_address, l.attr_keys,
        l.attr_vals,
        coalesce(k.trace_id, i.trace_id, '') as known_trace_id, coalesce(i.span_id, '') as known_span_id,
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
    left join (
        select w.trace_id as own_trace_id, w.trace_id, make_timestamp_ns(0) as from_time, timestamp_ns '2200-01-01' as to_time
        from in_scope as w
        union all
        select d.old_trace_id as own_trace_id, d.trace_id, d.from_time, d.to_time from leaked as d
    ) as k on l.trace_id = k.own_trace_id and (k.own_trace_id = k.trace_id or l."time" between k.from_time and k.to_time)
    left join ids as i on l.request_id = i.request_id and l.service_name = i.service_name and l.trace_id = '' and l.format <> 'otlp'
    where
        (l."time" >= make_timestamp_ns($since_ns) - interval 2 hour or l."time" <= make_timestamp_ns(0))
        and (
            k.trace_id is not null or i.trace_id is not null
            or (
                l.trace_id = ''
                and (l.format <> 'otlp' or l.event_name in ('process.boot_failed', 'server.ready', 'server.crashed'))
                and (
                    l."time" between r.from_time and r.to_time
                    or (l.connection_id <> '' and l."time" between r.cut_from_time and r.cut_to_time)
                    or (l.event_name <> '' and l."time" between r.open_from_time and r.open_to_time)
                    or (
                        l."time" between r.boot_time and r.from_time
                        and l.event_name in ('process.boot_failed', 'server.ready', 'worker.started')
                    )
                    or (
                        l."time" <= make_timestamp_ns(0) and r.from_time is not null
                        and (l.observed_time <= make_timestamp_ns(0) or l.observed_time between r.boot_time and r.to_time)
                    )
                    or r.is_untimed
                )
            )
        )
),
traceless as (
    select
        l.*, row_number() over (partition by l.url_path, l.http_request_method, l.told_status, l.event_name order by l.log_id) as nth
    from lines as l
    where l.known_trace_id = ''
),
by_connection as (
    -- One connection serves many requests, and the error log has whole seconds: the request line decides too.
    select l.log_id, a.trace_id, a.span_id as request_span_id, 'connection' as joined_by, 0.95 as surety
    from traceless as l
    join scoped_access as a
        on l.process_pid = a.process_pid and l.connection_id = a.connection_id and l.service_name = a.service_name
    where
        l.connection_id <> ''
        -- An access log that keeps no time still has the connection.
        and (a.start_ns <= 0 or l.at_ns between a.start_ns - 1000000000 and a.end_ns + 1000000000)
        and (l.http_request_method = '' or a.http_request_method = '' or l.http_request_method = a.http_request_method)
        and (l.url_path = '' or a.url_path = '' or l.url_path = a.url_path)
    qualify row_number() over (partition by l.log_id order by abs(l.at_ns - a.end_ns)) = 1
),
by_request as (
    -- The app behind may see a path without the prefix that the web server took off.
    select l.log_id, f.trace_id, f.span_id as request_span_id, 'request' as joined_by, 0.9 as surety
    from traceless as l
    join failed as f on l.last_part = f.last_part and ends_with(f.url_path, l.url_path)
    where
        l.url_path <> ''
        -- A web server's own line knows the connection, which an access log of the common formats does not.
        and (l.connection_id = '' or (f.connection_id = '' and l.service_name = f.service_name))
        and (l.http_request_method = '' or f.method = '' or l.http_request_method = f.method)
        and (l.at_ns <= 0 or f.start_ns <= 0 or l.at_ns between f.from_ns and f.to_ns)
        and l.told_status in ('', '0', f.status::varchar)
    qualify row_number() over (
        partition by l.log_id
        -- Lines without a time that look alike are of requests that look alike, one each.
        order by length(f.url_path), case when l.at_ns <= 0 then abs(l.nth - f.nth) else abs(l.at_ns - f.end_ns) end
    ) = 1
),
by_client as (
    -- Apache's own formats have nothing in common but who asked, and when; if only one request fits, it is that.
    select l.log_id, f.trace_id, f.span_id as request_span_id, 'request' as joined_by, 0.7 as surety
    from traceless as l
    join failed as f on l.service_name = f.service_name and l.told_client = f.client_address
    where
        f.format = 'apache_combined' and l.told_client <> '' and l.url_path = '' and l.severity_number >= 13
        and l.at_ns between f.from_ns and f.to_ns
    qualify count(*) over (partition by l.log_id) = 1
),
named as (
    select l.log_id, l.service_name, l.format, l.process_pid, l.thread_id, l.at_ns, l.known_trace_id as trace_id, l.known_span_id as span_id, 0.9 as surety
    from lines as l
    where l.known_trace_id <> '' and l.format <> 'otlp' and l.thread_id <> ''
    union all
    select l.log_id, l.service_name, l.format, l.process_pid, l.thread_id, l.at_ns, c.trace_id, c.request_span_id as span_id, 0.7 as surety
    from by_client as c
    join traceless as l on c.log_id = l.log_id
    where l.thread_id <> ''
),
by_thread as (
    -- Apache says whom it could not reach before it says for whom; a thread does one thing at a time.
    select l.log_id, k.trace_id, k.span_id as request_span_id, 'connection' as joined_by, k.surety
    from traceless as l
    join named as k
        on l.service_name = k.service_name and l.format = k.format and l.process_pid = k.process_pid and l.thread_id = k.thread_id
    where
        l.thread_id <> '' and l.connection_id = '' and l.severity_number >= 13 and k.at_ns between l.at_ns and l.at_ns + 50000000
        and l.log_id <> k.log_id
    qualify row_number() over (partition by l.log_id order by k.at_ns - l.at_ns) = 1
),
twins as (
    select l.log_id
    from traceless as l
    join exceptions as e on l.event_name in ('script.timeout', 'memory.exhausted') and e.message <> '' and contains(l.body, e.message)
    where
        e.trace_id <> '' and e."time" >= make_timestamp_ns($since_ns) - interval 2 minute
        and abs(l.at_ns - epoch_ns(e."time")) <= 2000000000
),
-- What happened to a process or a server as a whole.
events as (
    select
        l.log_id, l.at_ns, l.service_name, l.format, l.event_name, l.error_code, l.told_pid, l.told_host,
        starts_with(l.event_name, 'worker.') or starts_with(l.event_name, 'process.')
            -- What an app's own output ends with is of its process; a database's is of the server.
            or (l.event_name = 'server.crashed' and l.format in ('node_output', 'python_server', 'ruby_output', 'rails_log', 'otlp'))
            -- So it is with Node's memory: it ends where there is no more.
            or (l.event_name = 'memory.exhausted' and l.format = 'node_output') as is_of_process
    from traceless as l
    -- Words that an exception of a known trace bears at that time are of its request, and of no other.
    anti join twins as x on l.log_id = x.log_id
    where l.connection_id = '' and l.url_path = '' and l.event_name <> '' and not starts_with(l.event_name, 'request.')
),
worked as (
    select
        f.trace_id, f.span_id as request_span_id, f.from_ns, f.end_ns + 5000000000 as to_ns, s.process_pid, s.service_name,
        regexp_extract(s.host_name, '^[^.]*') as host_name, s.resource_id
    from failed as f
    join scoped_spans as s on f.trace_id = s.trace_id
    where s.process_pid > 0
    group by all
    union all
    select o.trace_id, o.span_id as request_span_id, o.from_ns, o.to_ns, o.process_pid, o.service_name, o.host_name, o.resource_id
    from left_open as o
),
by_process as (
    -- Process ids repeat across machines and containers: what is known of host and service must not differ, and only one fit.
    select e.log_id, w.trace_id, w.request_span_id, 'process' as joined_by, 1.0 as surety
    from events as e
    join worked as w on e.told_pid = w.process_pid and e.at_ns between w.from_ns and w.to_ns
    where
        (starts_with(e.event_name, 'worker.') or e.event_name in ('process.oom_killed', 'process.crashed'))
        and (e.told_host = '' or w.host_name = '' or e.told_host = w.host_name)
        and (e.service_name = '' or e.format not in ('python_server', 'node_output') or e.service_name = w.service_name)
    qualify min(w.resource_id) over (partition by e.log_id) = max(w.resource_id) over (partition by e.log_id)
),
beside as (
    -- What happened while the request was under way, or kept it from being served at all; of many alike the nearest.
    select
        e.log_id, e.at_ns, e.format, e.service_name, e.event_name, e.told_pid, e.is_of_process, f.trace_id, f.span_id, f.end_ns
    from events as e
    join failed as f
        on case
            when e.event_name = 'process.boot_failed' then
                f.status in (502, 503, 504) and f.upstream_header_ns < 0
                and (e.at_ns <= 0 or f.start_ns <= 0 or e.at_ns between f.from_ns - 3600000000000 and f.end_ns + 3000000000)
            when e.at_ns <= 0 then
                e.event_name in ('worker.killed', 'worker.exited', 'process.oom_killed', 'process.crashed', 'server.crashed', 'memory.exhausted')
                or (e.event_name = 'worker.timeout' and f.end_ns - f.start_ns >= 1000000000)
            -- What came after the end cannot explain it: the kernel's clock drifts a little, a supervisor looks now and then.
            when e.is_of_process and e.format not in ('python_server', 'node_output', 'ruby_output') then e.at_ns between f.from_ns and f.end_ns + 700000000
            else e.at_ns between f.from_ns and f.end_ns + 3000000000
        end
    where
        e.event_name not in ('worker.started', 'server.ready', 'slow.query') and e.service_name <> f.service_name
        -- What got its answer from the app did not lose it by the end of a process; it may have been a long time in coming.
        and not (e.is_of_process and f.upstream_header_ns >= 0 and not (
            e.event_name in ('worker.timeout', 'worker.slow') and f.end_ns - f.start_ns >= 1000000000
        ))
    qualify row_number() over (
        partition by f.trace_id, f.span_id, e.event_name, e.error_code, e.format order by abs(e.at_ns - f.end_ns), e.log_id
    ) <= 3
),
by_time as (
    select
        b.log_id, b.trace_id, b.span_id as request_span_id, 'time' as joined_by,
        -- A recorded line without a time may be of any time: it still tells that such things happened.
        case when b.at_ns <= 0 and b.event_name <> 'process.boot_failed' then 0.4 else 0.75 end as surety
    from beside as b
    -- The request's work is known to be that of another process.
    left join worked as w on b.is_of_process and b.told_pid > 0 and b.trace_id = w.trace_id and b.span_id = w.request_span_id
    -- A failed start that went well since tells nothing of now; that a worker starts is no sign of it where the next one fails.
    -- Nor does one before a later crash; what was said within some seconds is of the same start.
    anti join events as r
        on b.event_name = 'process.boot_failed' and b.format = r.format and b.service_name = r.service_name
        and (
            (r.event_name in ('server.ready', 'worker.started') and r.at_ns > b.at_ns and r.at_ns <= b.end_ns)
            or (r.event_name = 'server.crashed' and r.at_ns > b.at_ns + 10000000000 and r.at_ns <= b.end_ns + 3000000000)
        )
    group by b.log_id, b.at_ns, b.event_name, b.told_pid, b.trace_id, b.span_id
    having count(w.process_pid) = 0 or bool_or(w.process_pid = b.told_pid)
),
joins as (
    select l.log_id, l.known_trace_id as trace_id, l.known_span_id as request_span_id, 'trace' as joined_by, 1.0 as surety
    from lines as l
    where l.known_trace_id <> ''
    union all
    select * from by_connection
    union all
    select * from by_request
    union all
    select * from by_thread
    union all
    select * from by_client
    union all
    select * from by_process
    union all
    select * from by_time
)
select
    l.* exclude (known_trace_id, known_span_id, last_part, told_pid, told_host, told_status, told_client) replace (j.trace_id as trace_id),
    j.request_span_id, j.joined_by, j.surety::double as surety
from lines as l
join joins as j on l.log_id = j.log_id and (l.known_trace_id = '' or l.known_trace_id = j.trace_id)
qualify row_number() over (
    partition by j.trace_id, l.log_id, case when j.joined_by in ('process', 'time') then j.request_span_id else '' end
    order by (-j.surety, l."time")
) = 1
