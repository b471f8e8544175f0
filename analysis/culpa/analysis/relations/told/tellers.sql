-- Lines that tell of a failed request: of an app's own server, or of a web server's error log. Others may tell of the same one.
-- one row per: log_id
-- idle without: told_lines
-- columns:
--   log_id varchar: the line
--   format, method, connection_id, request_id varchar, process_pid bigint: '' and 0 if not known
--   at_ns bigint: when it was written, ns since 1970, 0 if nobody knows
--   told_status usmallint: what was answered, as far as the line tells, else 0
--   duration_ns bigint: how long that took, 0 if not known
--   client_address, client_port varchar: who asked, '' if not known
--   is_of_script boolean: it names a script, and stands beside its web server's line
--   is_of_server boolean: a web server's own words, not an app's
--   upstream_address, url_path varchar: '' if not known
--   trace_id varchar: what the line names, else made of it
--   service_name varchar: as in logs; '' where only the format names it
--   status usmallint: what was answered, told or known by what the line says, 0 if neither
--   rank integer: which of several lines tells of the request, the lowest first
--   last_part varchar: of the path
--   conversation varchar: what the attempts of one client have in common, '' if not known
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
        f.* exclude (upstream_address, url_path) replace (coalesce(nullif(f.method, ''), g.method, '') as method),
        coalesce(t.upstream_address, f.upstream_address) as upstream_address, coalesce(b.url_path, g.url_path, f.url_path) as url_path,
        case when not f.is_of_server then '' else @says web_line (line: f.body, module: f.scope_name)@ end as says
    from failed as f
    left join attempted as t on f.log_id = t.log_id
    left join returned as b on f.log_id = b.log_id
    left join begun as g on f.log_id = g.log_id
)
select
    w.* exclude (trace_id, service_name, says, body, scope_name),
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
