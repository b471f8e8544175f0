-- Log records of the wanted traces, and server-log lines that name no trace but belong to one of their requests.
-- needs: wanted(trace_id), logs, scoped_access, scoped_spans
-- columns: the ones of logs that rules read (trace_id filled in), and request_span_id (of the access line it was joined to, '' if it came with
--   its own trace), joined_by ('trace', 'connection', 'request', 'process', 'time'), surest first; a line that tells of a
--   whole server may belong to several requests
with failed as (
    select a.* from scoped_access as a where a.http_response_status_code >= 500 or not a.completed
),
reach as (
    select min(f.start_ns) as from_ns, max(f.end_ns) as to_ns, count(*) filter (where f.start_ns <= 0) as untimed from failed as f
),
by_trace as (
    select
        l.log_id, l."time", l.trace_id, l.span_id, l.severity_number, l.service_name, l.body, l.event_name, l.format,
        l.process_pid, l.connection_id, l.error_code, l.http_request_method, l.url_path, l.upstream_address, l.attr_keys,
        l.attr_vals, '' as request_span_id, 'trace' as joined_by
    from logs as l
    semi join wanted as w on l.trace_id = w.trace_id
),
traceless as (
    -- A line without a time may be of any time; one without a trace is looked for near the failures only.
    select
        l.log_id, l."time", l.trace_id, l.span_id, l.severity_number, l.service_name, l.body, l.event_name, l.format,
        l.process_pid, l.connection_id, l.error_code, l.http_request_method, l.url_path, l.upstream_address, l.attr_keys,
        l.attr_vals, epoch_ns(l."time") as at_ns
    from logs as l, reach as r
    where
        l.trace_id = '' and l.format <> 'otlp'
        and (
            epoch_ns(l."time") between r.from_ns - 3600000000000 and r.to_ns + 60000000000
            or epoch_ns(l."time") <= 0 or r.untimed > 0
        )
),
by_connection as (
    -- One connection serves many requests, and the error log has whole seconds: the request line decides too.
    select l.* exclude (at_ns) replace (a.trace_id as trace_id), a.span_id as request_span_id, 'connection' as joined_by
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
    select l.* exclude (at_ns) replace (f.trace_id as trace_id), f.span_id as request_span_id, 'request' as joined_by
    from traceless as l
    join failed as f on ends_with(f.url_path, l.url_path)
    where
        l.connection_id = '' and l.url_path <> ''
        and (l.http_request_method = '' or f.http_request_method = '' or l.http_request_method = f.http_request_method)
        and (l.at_ns <= 0 or l.at_ns between f.start_ns - 1000000000 and f.end_ns + 2000000000)
        and attr(l.attr_keys, l.attr_vals, 'http.response.status_code') in ('', '0', f.http_response_status_code::varchar)
    qualify row_number() over (partition by l.log_id order by length(f.url_path), abs(l.at_ns - f.end_ns)) = 1
),
by_process as (
    select l.* exclude (at_ns) replace (s.trace_id as trace_id), f.span_id as request_span_id, 'process' as joined_by
    from traceless as l
    join scoped_spans as s
        on s.process_pid > 0
        and s.process_pid = case when attr(l.attr_keys, l.attr_vals, 'process.killed.pid') <> ''
            then coalesce(try_cast(attr(l.attr_keys, l.attr_vals, 'process.killed.pid') as bigint), 0) else l.process_pid end
    join failed as f on s.trace_id = f.trace_id
    where
        l.connection_id = '' and l.url_path = ''
        and (starts_with(l.event_name, 'worker.') or l.event_name in ('process.oom_killed', 'process.crashed'))
        and l.at_ns between f.start_ns - 1000000000 and f.end_ns + 5000000000
    qualify row_number() over (partition by l.log_id, f.trace_id, f.span_id order by s.start_ns) = 1
),
by_time as (
    -- What happened to a process or server while the request was under way, or kept it from being served at all.
    select l.* exclude (at_ns) replace (f.trace_id as trace_id), f.span_id as request_span_id, 'time' as joined_by
    from traceless as l
    join failed as f
        on case
            when l.event_name = 'process.boot_failed' then
                f.http_response_status_code in (502, 503, 504) and f.upstream_connect_ns < 0
                and (l.at_ns <= 0 or f.start_ns <= 0 or l.at_ns between f.start_ns - 3600000000000 and f.end_ns + 1000000000)
            else l.at_ns > 0 and l.at_ns between f.start_ns - 1000000000 and f.end_ns + 3000000000
        end
    where
        l.connection_id = '' and l.url_path = '' and l.event_name <> ''
        and not starts_with(l.event_name, 'request.') and l.event_name not in ('worker.started', 'slow.query')
        and l.service_name <> f.service_name
)
select * from by_trace
qualify row_number() over (partition by trace_id, log_id order by "time") = 1
union all
select * from by_connection
union all
select * from by_request
union all
select * from by_process
union all
select t.* from by_time as t
anti join by_process as p on t.log_id = p.log_id and t.trace_id = p.trace_id
