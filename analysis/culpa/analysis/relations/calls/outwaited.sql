-- Work that its caller did not wait for: the web server, or a service that gave it up while the callee was still at work.
-- columns: trace_id, request_span_id, unit_span_id (the work), service (that did it), start_time, work_ns, caller, waited_ns, delay_ns
--   (from the begin of the waiting to that of the work), is_clock_known (the clocks of the two were compared), is_inner (a service waited),
--   is_begun_late (the web server waited most of the time for the work to begin)
with waits as (
    select
        b.trace_id, b.request_span_id, b.unit_span_id, b.service, s.start_time, s.duration_ns as work_ns, b.web_server as caller,
        b.line_duration_ns as waited_ns,
        -- Without a request that went well nobody knows how far the two clocks are apart.
        s.start_ns - b.line_start_ns - case when coalesce(k.requests, 0) > 0 then k.offset_ns else 0 end as delay_ns,
        coalesce(k.requests, 0) > 0 as is_clock_known, false as is_inner
    from blamed as b
    join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
    left join learnt_services as k on b.last_upstream = k.upstream_address and b.service = k.service
    where
        b.has_spans and b.line_status in (502, 503, 504) and b.upstream_header_ns < 0
        -- Its end is when another process told of its death.
        and s.error_type <> 'process_died'
    union all
    select
        b.trace_id, b.request_span_id, c.answered_by as unit_span_id, s.service, s.start_time, s.duration_ns as work_ns, b.service as caller,
        c.end_ns - c.start_ns as waited_ns, 0 as delay_ns, true as is_clock_known, true as is_inner
    from blamed as b
    join calls as c on b.trace_id = c.trace_id and b.request_span_id = c.request_span_id and b.unit_span_id = c.unit_span_id
    join scoped_spans as s on c.trace_id = s.trace_id and c.answered_by = s.span_id
    where c.is_outlasted and not c.is_recovered and s.error_type <> 'process_died'
    union all
    -- It set a limit to its own work, and called off what it was waiting for then.
    select
        b.trace_id, b.request_span_id, b.unit_span_id, b.service, s.start_time, s.duration_ns as work_ns, b.service as caller,
        s.duration_ns as waited_ns, 0 as delay_ns, true as is_clock_known, true as is_inner
    from blamed as b
    join reached as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id and b.unit_span_id = r.unit_span_id
    join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
    where
        @says own_limit (type: r.origin_type, stack: r.stacktrace)@
        and exists (
            from calls as c
            where
                c.trace_id = b.trace_id and c.request_span_id = b.request_span_id and c.unit_span_id = b.unit_span_id
                and c.is_failed and regexp_matches(c.words, '\bCancelledError\b') and c.end_ns - c.start_ns >= 0.6 * s.duration_ns
        )
)
select
    w.*,
    not w.is_inner and w.delay_ns >= greatest(0.5 * w.waited_ns, 500000000) and (w.is_clock_known or w.delay_ns < 120000000000)
        as is_begun_late
from waits as w
