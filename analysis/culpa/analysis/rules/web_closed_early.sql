-- Was the connection to the app closed before any answer? With a sign of its death it died; else it sent what was no answer.
-- kind: indirect
-- idle without: blamed, server_lines
with closed as (
    select
        l.trace_id, l.request_span_id, l.source, l.seen_at, l.body, l.upstream, case when l.service = l.web_server then '' else l.service end as service, l.has_spans,
        -- A log tells of it, memory was used up, or whoever outlived the process reported its open span.
        bool_or(h.log_id is not null or m.what is not null or d.span_id is not null) as is_end_told,
        bool_or(d.span_id is not null) as is_seen_from_inside,
        bool_or(coalesce(h.event_name = 'worker.timeout', false)) as is_timeout_told,
        bool_or(coalesce(h.event_name = 'memory.exhausted', false)) as is_memory_told,
        -- A service that sends a span of nearly every request sent none of this.
        bool_or(e.exception_id is not null) as is_exception_told,
        bool_or(not l.has_spans and coalesce(k.requests, 0) >= 10 and coalesce(k.coverage, 0) >= 0.9 and u.trace_id is null) as is_span_missing
    from server_lines as l
    join blamed as b on l.trace_id = b.trace_id and l.request_span_id = b.request_span_id
    left join scoped_spans as d on b.trace_id = d.trace_id and b.unit_span_id = d.span_id and d.error_type = 'process_died'
    left join reached as e
        on b.trace_id = e.trace_id and b.request_span_id = e.request_span_id and b.unit_span_id = e.unit_span_id
        -- Many logs tell the second only.
        and not e.handled and (e.time_ns <= 0 or e.time_ns >= b.line_end_ns - case when e.time_ns % 1000000000 = 0 then 1200000000 else 200000000 end)
    left join learnt_services as k on b.last_upstream = k.upstream_address
    left join unheard as u on l.trace_id = u.trace_id and l.request_span_id = u.request_span_id
    left join happenings as h
        on l.trace_id = h.trace_id and l.request_span_id = h.request_span_id and (h.event_name = 'memory.exhausted' and h.format in @formats ends_at_memory@ or h.event_name in (
            'worker.killed', 'worker.exited', 'worker.timeout', 'process.crashed', 'process.oom_killed', 'server.crashed', 'server.shutdown'
        ))
    left join saturation as m on l.trace_id = m.trace_id and l.request_span_id = m.request_span_id and m.what = 'memory' and not m.is_callee
    where l.says = 'closed_early'
    group by l.trace_id, l.request_span_id, l.log_id, l.source, l.seen_at, l.body, l.upstream, l.service, l.web_server, l.has_spans
)
select
    c.trace_id, c.request_span_id, c.source, c.seen_at,
    case when c.upstream <> '' and not c.is_seen_from_inside then c.upstream else c.service end as service,
    case when c.is_timeout_told then 'app.worker_timeout' when c.is_end_told or c.is_span_missing then 'app.worker_killed' else 'app.bad_response' end as cause,
    c.upstream as object,
    -- The exception that ended the request tells why the connection was closed.
    case when c.is_memory_told then 0.3 when not c.is_end_told and c.is_exception_told then 0.2 when not c.is_end_told and not c.is_span_missing then 0.6 when c.has_spans then 0.7 else 1.0 end as strength,
    'the web server says: ' || left(c.body, 180) as statement
from closed as c
