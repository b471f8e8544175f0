-- Which traces that ended since then may hold a failed request? Oldest first: what a problem first appeared after is known only in
-- that order. The one definition of "may have failed".
-- needs: spans, access, logs
-- params: since_ns bigint (0: all), with_judged boolean (also those that hold a verdict)
-- columns: trace_id
with cut as (
    -- Of an answer that broke off after a good status only the error log tells, some servers by the connection alone.
    select l.trace_id, l.service_name, l.process_pid, l.connection_id, l."time"
    from logs as l
    where
        l.format not in @formats sent@ and l.severity_number >= 13 and l."time" >= make_timestamp_ns($since_ns)
        and @says cut_answer (line: l.body)@
),
-- When requests are told of by access lines and spans: parts of ten minutes, and those beside them.
asked_parts as (
    select distinct unnest([a.part_ns - 600000000000, a.part_ns, a.part_ns + 600000000000]) as part_ns
    from (
        select epoch_ns(a.start_time) - epoch_ns(a.start_time) % 600000000000 as part_ns from access as a
        where a.start_time >= make_timestamp_ns($since_ns)
        union all
        select epoch_ns(s.start_time) - epoch_ns(s.start_time) % 600000000000 as part_ns from spans as s
        where s.kind = 2 and s.start_time >= make_timestamp_ns($since_ns)
    ) as a
),
suspected as (
    select s.trace_id, s.start_time from spans as s
    where s.http_response_status_code >= 500 or (s.status_code = 2 and (s.kind in (2, 5) or (s.kind in (0, 1) and s.parent_span_id = '')))
    union all
    -- Work that an app went on with after its answer.
    select s.trace_id, s.start_time
    from spans as s
    join spans as p on s.trace_id = p.trace_id and s.parent_span_id = p.span_id
    where s.status_code = 2 and s.kind in (0, 1) and p.kind = 2 and s.start_time >= p.end_time
    union all
    -- Instrumented by culpa, an app tells itself that its answer broke off: see the relation broken_streams.
    select s.trace_id, s.start_time from spans as s
    where s.status_code = 2 and s.span_name = 'response' and attr(s.attr_keys, s.attr_vals, 'culpa.response.cut') = 'true'
    union all
    select a.trace_id, a.start_time from access as a
    where a.http_response_status_code >= 500 or (not a.completed and a.http_response_status_code between 200 and 399)
    union all
    select c.trace_id, c."time" as start_time from cut as c where c.trace_id <> ''
    union all
    select a.trace_id, a.start_time
    from cut as c
    join access as a
        on c.service_name = a.service_name and c.process_pid = a.process_pid and c.connection_id = a.connection_id
        and epoch_ns(c."time") between epoch_ns(a.start_time) - 1000000000 and epoch_ns(a.start_time) + a.duration_ns + 1000000000
    where c.trace_id = '' and c.connection_id <> ''
    union all
    -- Perhaps only this line tells of it: see the relation told_requests.
    select case when l.trace_id <> '' then l.trace_id else md5(l.log_id) end as trace_id, l."time" as start_time
    from logs as l
    where
        l.format not in @formats sent@ and l."time" >= make_timestamp_ns($since_ns)
        and case
            when l.event_name = 'request.failed' then l.url_path <> '' or l.trace_id <> ''
            when l.format in @formats errors@ then l.severity_number >= 13 and attr(l.attr_keys, l.attr_vals, 'client.address') <> ''
            else false
        end
    union all
    -- One that names no path tells of a request only where nothing else does.
    select md5(l.log_id) as trace_id, l."time" as start_time
    from logs as l
    anti join asked_parts as p on l."time" > make_timestamp_ns(0) and epoch_ns(l."time") - epoch_ns(l."time") % 600000000000 = p.part_ns
    where
        l.format not in @formats sent@ and l."time" >= make_timestamp_ns($since_ns)
        and l.event_name = 'request.failed' and l.url_path = '' and l.trace_id = ''
    union all
    select v.trace_id, v.ended_at as start_time from failures as v where $with_judged
)
select x.trace_id
from suspected as x
where x.start_time >= make_timestamp_ns($since_ns)
group by x.trace_id
order by min(x.start_time), x.trace_id
