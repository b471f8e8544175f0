-- Failed requests that no access line and no span tells of, but a line of another log: of the app's own server, or of a web server's
-- error log. Of several lines that may tell of the same one, the web server's counts, then one that tells the answer.
-- one row per: log_id
-- idle without: told_lines
-- columns:
--   log_id varchar: the line
--   trace_id, span_id varchar: of the request: what the line names, else made of it
--   format, service_name varchar: as in logs; no service where only the format names it
--   at_ns, duration_ns bigint: when it was answered, ns since 1970 (0 if nobody knows), and how long that took
--   status usmallint: what was answered, as far as the line tells, else 0
--   method, url_path, client_address, upstream_address, connection_id, request_id varchar, process_pid bigint: '' and 0 if not known
with failed as (
    select
        l.log_id, l.trace_id, l.format, l.service_name, l.http_request_method as method, l.url_path, l.upstream_address, l.connection_id,
        l.request_id, l.process_pid, l.body, l.scope_name,
        epoch_ns(case when l."time" > make_timestamp_ns(0) then l."time" else l.observed_time end) as at_ns,
        coalesce(try_cast(attr(l.attr_keys, l.attr_vals, 'http.response.status_code') as usmallint), 0) as told_status,
        coalesce((try_cast(attr(l.attr_keys, l.attr_vals, 'duration_ms') as double) * 1000000)::bigint, 0) as duration_ns,
        attr(l.attr_keys, l.attr_vals, 'client.address') as client_address,
        attr(l.attr_keys, l.attr_vals, 'client.port') as client_port,
        -- A line that names a script stands beside its web server's, which tells of the request.
        attr(l.attr_keys, l.attr_vals, 'php.script_name') <> '' as is_of_script,
        l.format in @formats errors@ and l.event_name <> 'request.failed' as is_of_server
    from logs as l
    where
        (l."time" >= make_timestamp_ns($since_ns) - interval 2 minute or l."time" <= make_timestamp_ns(0))
        and l.format not in @formats sent@
        and case
            when l.event_name = 'request.failed' then true
            -- PHP ends a script there, and says no more of the request.
            when l.event_name in ('memory.exhausted', 'script.timeout') then l.severity_number >= 21 and @format language: l.format@ = 'php'
            when l.format in @formats errors@ then l.severity_number >= 13 and attr(l.attr_keys, l.attr_vals, 'client.address') <> ''
            else false
        end
),
-- A web server that has no threads tells the port of whom it tried on the line before, where it does not name the client.
attempted as (
    select f.log_id, max_by(l.upstream_address, epoch_ns(l."time")) as upstream_address
    from failed as f
    join logs as l
        on f.process_pid = l.process_pid and f.format = l.format and starts_with(l.upstream_address, f.upstream_address || ':')
    where
        f.is_of_server and f.upstream_address <> '' and f.process_pid > 0
        and epoch_ns(l."time") between f.at_ns - 1000000000 and f.at_ns
    group by f.log_id
),
-- And it tells the path on the line after, of the same client.
returned as (
    select f.log_id, min_by(l.url_path, epoch_ns(l."time")) as url_path
    from failed as f
    join logs as l
        on f.process_pid = l.process_pid and f.format = l.format and f.client_address = attr(l.attr_keys, l.attr_vals, 'client.address')
        and f.client_port = attr(l.attr_keys, l.attr_vals, 'client.port')
    where
        f.is_of_server and f.url_path = '' and f.client_port <> '' and f.process_pid > 0 and l.url_path <> ''
        and epoch_ns(l."time") between f.at_ns and f.at_ns + 50000000
    group by f.log_id
),
-- Who logs the begin and the answer on lines of their own gives both the request's id, and the path to the first.
begun as (
    select f.log_id, min_by(l.url_path, epoch_ns(l."time")) as url_path, min_by(l.http_request_method, epoch_ns(l."time")) as method
    from failed as f
    join logs as l on f.request_id = l.request_id and f.service_name = l.service_name and f.format = l.format
    where
        f.url_path = '' and f.request_id <> '' and l.event_name = 'request.started' and l.url_path <> ''
        and epoch_ns(l."time") between f.at_ns - 600000000000 and f.at_ns
    group by f.log_id
),
worded as (
    select
        f.* exclude (upstream_address, url_path, method), coalesce(t.upstream_address, f.upstream_address) as upstream_address,
        coalesce(b.url_path, g.url_path, f.url_path) as url_path, coalesce(nullif(f.method, ''), g.method, '') as method,
        case when not f.is_of_server then '' else @says web_line (line: f.body, module: f.scope_name)@ end as says
    from failed as f
    left join attempted as t on f.log_id = t.log_id
    left join returned as b on f.log_id = b.log_id
    left join begun as g on f.log_id = g.log_id
),
all_answered as (
    select
        w.* exclude (trace_id, service_name, says),
        case when w.trace_id <> '' then w.trace_id else md5(w.log_id) end as trace_id,
        case when @format language: w.format@ = '' or w.format in @formats names_service@ then w.service_name else '' end as service_name,
        case
            when w.told_status > 0 then w.told_status
            -- What nginx answers then; Apache says 503 where it has no connection, and else not always the same.
            when w.format in @formats nginx@ and w.says in ('refused', 'no_socket', 'no_upstream', 'name', 'tls', 'closed_early', 'reset', 'bad_answer', 'busy', 'denied')
                then 502
            when w.format in @formats nginx@ and w.says in ('connect_timeout', 'read_timeout', 'database_wait') then 504
            when w.is_of_server and w.says in ('refused', 'no_socket', 'no_upstream', 'connect_timeout', 'limit') then 503
            when w.is_of_server then case when w.says in ('loop', 'script', 'subrequest', 'app', 'unloadable') then 500 else 0 end
            when starts_with(w.body, 'Service Unavailable') then 503
            when starts_with(w.body, 'Bad Gateway') then 502
            when starts_with(w.body, 'Gateway Timeout') then 504
            else 500
        end::usmallint as status,
        -- Which of several lines tells of the request.
        case when w.is_of_server then 0 when w.told_status > 0 then 1 else 2 end as rank,
        regexp_extract(w.url_path, '[^/]*$') as last_part,
        case when w.connection_id <> '' then w.connection_id when w.client_port <> '' then w.client_address || ':' || w.client_port else '' end as conversation
    from worded as w
    where
        case
            when w.told_status > 0 then w.told_status >= 500
            when not w.is_of_server then true
            -- A web server's error line need not be of a failure: a missing file is answered 404.
            when w.says = 'denied' then w.upstream_address <> ''
            when w.says = 'app' then @says last_words (line: w.body)@
            else w.says in (
                'refused', 'no_socket', 'no_upstream', 'connect_timeout', 'read_timeout', 'closed_early', 'reset', 'bad_answer', 'tls', 'name',
                'loop', 'limit', 'subrequest', 'script', 'script_timeout', 'script_output', 'daemon_died', 'busy', 'unloadable', 'database_wait'
            )
        end
),
answered as (
    select a.* from all_answered as a where a.is_of_server or a.url_path <> ''
),
-- A line that names no path may be of any request that something else tells of: it counts only where nothing does, within ten minutes.
nameless as (
    select
        a.*, e.log_id is not null as has_exception, a.at_ns - a.at_ns % 600000000000 as part_ns,
        -- Which of several lines says most of what went wrong.
        case when e.log_id is not null then 2 when a.told_status > 0 then 1 else 0 end as tells
    from all_answered as a
    semi join told_lines as t on a.log_id = t.log_id
    left join (select distinct x.log_id from exceptions as x) as e on a.log_id = e.log_id
    where not a.is_of_server and a.url_path = '' and not a.is_of_script
),
elsewhere as (
    select epoch_ns(a.start_time) as at_ns, a.trace_id from access as a
    where a.start_time >= make_timestamp_ns($since_ns) - interval 10 minute or a.start_time <= make_timestamp_ns(0)
    union all
    select epoch_ns(s.start_time) as at_ns, s.trace_id from spans as s
    where s.kind = 2 and (s.start_time >= make_timestamp_ns($since_ns) - interval 10 minute or s.start_time <= make_timestamp_ns(0))
    union all
    select o.at_ns, o.trace_id from answered as o
),
near_parts as (
    select distinct unnest([p.part_ns - 600000000000, p.part_ns, p.part_ns + 600000000000]) as part_ns
    from (select e.at_ns - e.at_ns % 600000000000 as part_ns from elsewhere as e) as p
),
only_tellers as (
    select n.* from nameless as n
    anti join near_parts as p on n.part_ns = p.part_ns
    anti join elsewhere as k on n.trace_id = k.trace_id
    cross join (select count(*) as requests, coalesce(min(e.at_ns), 1) as first_ns from elsewhere as e) as f
    where f.requests = 0 or (n.at_ns > 0 and f.first_ns > 0)
),
-- Lines of one failure that follow on each other: one with an exception tells of it, else one with the answer.
said_again as (
    select n.log_id
    from only_tellers as n
    join only_tellers as o on n.log_id <> o.log_id and (n.part_ns = o.part_ns or n.at_ns <= 0 or o.at_ns <= 0)
    where
        (n.at_ns <= 0 or o.at_ns <= 0 or abs(n.at_ns - o.at_ns) <= 5000000000)
        and (o.tells > n.tells or (n.tells = 0 and o.tells = 0 and (o.at_ns, o.log_id) < (n.at_ns, n.log_id)))
),
wished as (
    select a.* from answered as a
    semi join told_lines as t on a.log_id = t.log_id
),
-- Each once for the minute in which it falls, and for those beside it: of many lines of one path few are compared.
placed as (
    select w.*, unnest([w.at_ns - w.at_ns % 60000000000 - 60000000000, w.at_ns - w.at_ns % 60000000000, w.at_ns - w.at_ns % 60000000000 + 60000000000])
        as minute_ns
    from wished as w
    where w.at_ns > 0 and w.rank > 0
),
lines as (
    select
        a.trace_id, a.format, a.service_name, a.http_request_method as method, a.url_path, a.http_response_status_code as status,
        regexp_extract(a.url_path, '[^/]*$') as last_part, attr(a.attr_keys, a.attr_vals, 'nginx.uri') as rewritten,
        attr(a.attr_keys, a.attr_vals, 'client.address') as client_address,
        epoch_ns(a.start_time) as start_ns, epoch_ns(a.start_time) + a.duration_ns as end_ns,
        -- Whole seconds without a duration: of the begin.
        a.duration_ns = 0 and a.format in @formats begins@ as is_begin
    from access as a
    where a.start_time >= make_timestamp_ns($since_ns) - interval 10 minute or a.start_time <= make_timestamp_ns(0)
),
-- By the path that the client asked for, and by the one that the web server made of it.
reached_paths as (
    select l.*, l.url_path as path, l.last_part as last_of_path from lines as l
    union all
    select l.*, l.rewritten as path, regexp_extract(l.rewritten, '[^/]*$') as last_of_path from lines as l where l.rewritten <> ''
),
ended as (
    select r.*, unnest(range(r.end_ns - r.end_ns % 60000000000, r.end_ns + case when r.is_begin then 310000000000 else 1 end, 60000000000)) as minute_ns
    from reached_paths as r
    where r.start_ns > 0
),
-- In which four seconds of every half hour: those around its end.
alike as (
    select r.*, unnest([r.end_ns - 2000000000, r.end_ns + 2000000000]) as near_ns, (near_ns - near_ns % 4000000000) % 1800000000000 as tick_ns
    from reached_paths as r
    where r.start_ns > 0
),
-- The same request in the web server's access log, whatever was answered there in the end.
recorded as (
    -- An app's own line is written when the work ends.
    select w.log_id
    from placed as w
    join ended as a on w.last_part = a.last_of_path and w.minute_ns = a.minute_ns
    where
        (ends_with(a.path, w.url_path) or ends_with(w.url_path, a.path)) and (w.method = '' or a.method = '' or w.method = a.method)
        and w.at_ns between a.start_ns - 5000000000 and a.end_ns + case when a.is_begin then 310000000000 else 5000000000 end
        -- What went well in the end went wrong before by an attempt: then both times are near.
        and (a.status >= 499 or w.at_ns between a.start_ns - 2000000000 and a.end_ns + 2000000000)
    union all
    -- Times without a zone are off by half hours.
    select w.log_id
    from wished as w
    join alike as a on w.last_part = a.last_of_path and w.status = a.status and (w.at_ns - w.at_ns % 4000000000) % 1800000000000 = a.tick_ns
    where
        w.at_ns > 0 and w.rank > 0 and (ends_with(a.path, w.url_path) or ends_with(w.url_path, a.path))
        and (w.method = '' or a.method = '' or w.method = a.method) and abs(w.at_ns - a.end_ns) <= 50400000000000
    union all
    select w.log_id
    from wished as w
    join reached_paths as a on w.last_part = a.last_of_path
    where
        (w.at_ns <= 0 or a.start_ns <= 0) and (ends_with(a.path, w.url_path) or ends_with(w.url_path, a.path))
        and (w.method = '' or a.method = '' or w.method = a.method) and a.status >= 499
    union all
    -- A web server's own line knows who asked, and may be of an early attempt; some know nothing else.
    select w.log_id
    from wished as w
    join reached_paths as a on w.client_address = a.client_address and w.service_name = a.service_name
    where
        w.is_of_server and (w.url_path = '' or a.path = w.url_path) and (w.method = '' or a.method = '' or w.method = a.method)
        and (
            w.at_ns <= 0 or a.start_ns <= 0
            or w.at_ns between case when a.end_ns > a.start_ns or a.is_begin then a.start_ns else a.start_ns - 60000000000 end - 2000000000
                and a.end_ns + case when a.is_begin then 310000000000 else 2000000000 end
        )
    union all
    -- Or the connection, where the access log knows that.
    select w.log_id
    from wished as w
    join access as a
        on w.connection_id = a.connection_id and w.process_pid = a.process_pid and w.service_name = a.service_name and w.url_path = a.url_path
    where
        w.is_of_server and w.connection_id <> '' and a.start_time >= make_timestamp_ns($since_ns) - interval 10 minute
        and (w.at_ns <= 0 or w.at_ns between epoch_ns(a.start_time) - 2000000000 and epoch_ns(a.start_time) + a.duration_ns + 2000000000)
    union all
    -- The line names the trace.
    select w.log_id from wished as w semi join lines as a on w.trace_id = a.trace_id
),
servers as (
    select
        s.url_path, s.http_request_method as method, s.http_response_status_code as status, regexp_extract(s.url_path, '[^/]*$') as last_part,
        epoch_ns(s.start_time) as start_ns, epoch_ns(s.start_time) + s.duration_ns as end_ns
    from spans as s
    where s.kind = 2 and s.url_path <> '' and (s.start_time >= make_timestamp_ns($since_ns) - interval 10 minute or s.start_time <= make_timestamp_ns(0))
),
traced as (
    select w.log_id
    from wished as w
    join spans as s on w.trace_id = s.trace_id
    union all
    select w.log_id
    from placed as w
    join servers as s on w.last_part = s.last_part and w.minute_ns = s.end_ns - s.end_ns % 60000000000
    where
        (ends_with(s.url_path, w.url_path) or ends_with(w.url_path, s.url_path)) and (w.method = '' or s.method in ('', w.method))
        and w.at_ns between s.start_ns - 2000000000 and s.end_ns + 5000000000
    union all
    select w.log_id
    from wished as w
    join servers as s on w.last_part = s.last_part
    where
        (w.at_ns <= 0 or w.is_of_server) and s.status >= 500 and (ends_with(s.url_path, w.url_path) or ends_with(w.url_path, s.url_path))
        and (w.at_ns <= 0 or w.at_ns between s.start_ns - 2000000000 and s.end_ns + 5000000000)
),
-- Another line of this kind tells of it, and better.
outranked as (
    select w.log_id
    from placed as w
    join answered as o on w.last_part = o.last_part and w.minute_ns = o.at_ns - o.at_ns % 60000000000
    where
        w.log_id <> o.log_id
        and (ends_with(o.url_path, w.url_path) or ends_with(w.url_path, o.url_path)) and (w.method = '' or o.method = '' or w.method = o.method)
        -- A web server may give up before the app does, and another attempt may follow on one that failed.
        and abs(w.at_ns - o.at_ns) <= o.duration_ns + case when o.is_of_server then 60000000000 else 5000000000 end
        and (o.rank < w.rank or (o.rank = w.rank and o.format < w.format and o.status = w.status and abs(w.at_ns - o.at_ns) <= 2000000000))
    union all
    select w.log_id
    from wished as w
    join answered as o on w.last_part = o.last_part and w.rank > o.rank
    where
        w.rank > 0 and (w.at_ns <= 0 or o.at_ns <= 0)
        and (ends_with(o.url_path, w.url_path) or ends_with(w.url_path, o.url_path)) and (w.method = '' or o.method = '' or w.method = o.method)
    union all
    -- The last attempt of several, and what comes last of one.
    select w.log_id
    from wished as w
    join answered as o on w.log_id <> o.log_id and w.format = o.format and w.service_name = o.service_name and w.conversation = o.conversation
    where
        w.is_of_server and w.conversation <> '' and w.process_pid = o.process_pid and w.url_path in (o.url_path, '') and w.method in (o.method, '')
        and o.at_ns - w.at_ns between 0 and 120000000000
        and (o.at_ns, o.url_path, o.log_id) > (w.at_ns, w.url_path, w.log_id)
    union all
    select w.log_id
    from wished as w
    join answered as o on w.log_id <> o.log_id and w.trace_id = o.trace_id
    where (o.rank, -o.at_ns, o.log_id) < (w.rank, -w.at_ns, w.log_id)
)
select
    w.log_id, w.trace_id, left(md5(w.trace_id || '-request'), 16) as span_id, w.format, w.service_name, w.at_ns, w.duration_ns, w.status, w.method,
    w.url_path, w.client_address, w.upstream_address, w.connection_id, w.request_id, w.process_pid
from wished as w
anti join recorded as r on w.log_id = r.log_id
anti join traced as t on w.log_id = t.log_id
anti join outranked as o on w.log_id = o.log_id
union all
select
    n.log_id, n.trace_id, left(md5(n.trace_id || '-request'), 16) as span_id, n.format, n.service_name, n.at_ns, n.duration_ns, n.status, n.method,
    n.url_path, n.client_address, n.upstream_address, n.connection_id, n.request_id, n.process_pid
from only_tellers as n
anti join said_again as a on n.log_id = a.log_id
