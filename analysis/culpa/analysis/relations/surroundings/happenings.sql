-- What server logs tell of processes and servers around each failed request.
-- several rows per: trace_id, request_span_id, log_id: a line may be joined to the lines of two web servers in a row
-- idle without: scoped_logs
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   log_id, source varchar: the line, and how evidence names it
--   seen_at timestamp_ns: when it was written
--   body, format, event_name, error_code, joined_by varchar, surety double: as in joined_logs
--   is_broken boolean: the request lost its connection to the app or never had one
--   status usmallint: what the client got
--   service, upstream, host, web_server varchar, has_spans boolean: as in blamed
--   killed_name varchar: what was killed, '' if not known
--   about_pid bigint: the process that it tells of, 0 if none
--   told_host varchar: the machine that the line names, '' if none
--   log_service varchar: whose log it is
--   database, statement_span_id varchar: of a database's line, what the statement was run in, and which span sent it
with broken as (
    select b.trace_id, b.request_span_id
    from blamed as b
    -- Some formats say that there was an address and no header of an answer; of other servers only the error log does.
    where
        b.format in @formats times_header@ and b.last_upstream <> '' and b.upstream_header_ns < 0 and b.line_status in (502, 503, 504)
        -- Nobody lost a connection that was not accepted in time.
        and (b.trace_id, b.request_span_id) not in (
            select (c.trace_id, c.request_span_id) from server_lines as c where c.says = 'connect_timeout'
        )
    union
    select l.trace_id, l.request_span_id
    from server_lines as l
    where l.says in ('closed_early', 'reset', 'refused', 'no_socket', 'daemon_died')
),
-- Where there is no error log at all, a 502 is all that tells of it: no proof that a connection was lost. So where a platform writes its
-- own among the app's lines.
maybe_broken as (
    select distinct b.trace_id, b.request_span_id
    from blamed as b
    anti join server_lines as l
        on b.trace_id = l.trace_id and b.request_span_id = l.request_span_id and b.format not in @formats names_service@
    where (b.format in @formats shared@ or b.format in @formats names_service@) and b.line_status = 502
),
reported as (
    select
        b.trace_id, b.request_span_id, l.log_id, 'log:' || l.log_id as source, l."time" as seen_at, l.body, l.format, l.event_name,
        l.error_code, l.joined_by, l.surety, k.trace_id is not null as is_broken, r.status, r.duration_ns, b.service, b.upstream, b.host,
        b.web_server, b.has_spans,
        attr(l.attr_keys, l.attr_vals, 'process.killed.name') as killed_name,
        coalesce(try_cast(nullif(attr(l.attr_keys, l.attr_vals, 'process.killed.pid'), '') as bigint), l.process_pid) as about_pid,
        attr(l.attr_keys, l.attr_vals, 'host.name') as told_host,
        l.service_name as log_service,
        attr(l.attr_keys, l.attr_vals, 'db.namespace') as database,
        l.span_id as statement_span_id,
        -- A server that says of a request that it refused it says the status that it answered, at that moment.
        attr(l.attr_keys, l.attr_vals, 'http.response.status_code') = r.status::varchar
            and epoch_ns(l."time") between b.line_end_ns - 1000000000 and b.line_end_ns + 1500000000 as is_own_answer
    from blamed as b
    join requests as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id
    join scoped_logs as l on b.trace_id = l.trace_id and l.request_span_id in ('', b.request_span_id, b.line_span_id)
    left join outlived as g on b.trace_id = g.trace_id and b.request_span_id = g.request_span_id and b.unit_span_id = g.unit_span_id
    left join broken as k on b.trace_id = k.trace_id and b.request_span_id = k.request_span_id
    where
        l.event_name <> '' and (l.format not in @formats sent@ or l.event_name in ('process.boot_failed', 'server.crashed'))
        -- A job ends when its process does, by whatever exception: that is no start that failed.
        and not (r.kind = 'job' and l.event_name = 'process.boot_failed')
        -- A web server that had given the app up did not do so because its process ended later
        -- (clocks of one machine drift a little), nor because another one did than that whose work went on.
        and not (
            b.line_status = 504 and (starts_with(l.event_name, 'worker.') or starts_with(l.event_name, 'process.'))
            -- A manager that says how long a worker was silent speaks of the time before.
            and (epoch_ns(l."time") > b.line_end_ns + case l.event_name when 'worker.timeout' then 1700000000 else 700000000 end or (l.joined_by = 'time' and g.unit_span_id is not null))
        )
),
-- The end of a process that only time joins explains a lost connection, or a long wait: nothing that explains itself.
unexplained as (
    select t.trace_id, t.request_span_id, t.log_id
    from reported as t
    anti join origins as o on t.trace_id = o.trace_id and t.request_span_id = o.request_span_id
    left join maybe_broken as m on t.trace_id = m.trace_id and t.request_span_id = m.request_span_id
    where t.is_broken or m.trace_id is not null or (t.event_name = 'workers.exhausted' and t.is_own_answer) or (
        t.status = 500 and not t.has_spans and t.event_name in ('worker.timeout', 'script.timeout') and t.duration_ns >= 1000000000
    ) or (
        -- Both gave up the same wait.
        t.status = 504 and not t.has_spans and t.event_name = 'worker.timeout' and (t.trace_id, t.request_span_id) in (
            select (c.trace_id, c.request_span_id) from server_lines as c where c.says = 'read_timeout'
        )
    )
)
select t.* exclude (duration_ns, is_own_answer)
from reported as t
left join unexplained as u on t.trace_id = u.trace_id and t.request_span_id = u.request_span_id and t.log_id = u.log_id
where
    t.joined_by <> 'time' or u.log_id is not null
    or t.event_name not in (
        'worker.killed', 'worker.timeout', 'worker.exited', 'worker.slow', 'process.oom_killed', 'process.crashed', 'workers.exhausted',
        'script.timeout'
    )
