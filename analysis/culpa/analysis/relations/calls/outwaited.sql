-- Work that its caller did not wait for: the web server, or a service that gave it up while the callee was still at work.
-- several rows per: trace_id, request_span_id, unit_span_id: a service that set itself a limit waited as well as its web server
-- idle without: blamed, scoped_spans
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   unit_span_id, service varchar: the work, and the component name of who did it
--   start_time timestamp_ns, work_ns bigint: its begin, and how long it took
--   caller varchar, waited_ns bigint: who waited, and for how long
--   delay_ns bigint: from the begin of the waiting to that of the work
--   is_clock_known boolean: the clocks of the two were compared
--   is_inner boolean: a service waited, not the web server
--   until_ns bigint: when the waiting ended at the latest, in the clock of who did the work
--   is_begun_late boolean: the web server waited most of the time for the work to begin
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
    left join outlived as l on b.trace_id = l.trace_id and b.request_span_id = l.request_span_id and b.unit_span_id = l.unit_span_id
    where
        b.has_spans and b.line_status in (502, 503, 504) and b.upstream_header_ns < 0
        -- Its end is when another process reported its death: that may be the reason of the answer, unless it came long after it.
        and (s.error_type <> 'process_died' or (b.line_status = 504 and l.unit_span_id is not null))
    union all
    select
        b.trace_id, b.request_span_id, c.answered_by as unit_span_id, s.service, s.start_time, s.duration_ns as work_ns, b.service as caller,
        c.end_ns - c.start_ns as waited_ns, 0 as delay_ns, true as is_clock_known, true as is_inner
    from blamed as b
    join calls as c on b.trace_id = c.trace_id and b.request_span_id = c.request_span_id and b.unit_span_id = c.unit_span_id
    join scoped_spans as s on c.trace_id = s.trace_id and c.answered_by = s.span_id
    where c.is_outlasted and not c.is_recovered and s.error_type <> 'process_died'
    union all
    -- It waited for the result of a task that was still at work on.
    select
        t.trace_id, t.request_span_id, t.answered_by as unit_span_id, s.service, s.start_time, s.duration_ns as work_ns, b.service as caller,
        t.waited_ns, t.delay_ns, true as is_clock_known, true as is_inner
    from open_tasks as t
    join blamed as b on t.trace_id = b.trace_id and t.request_span_id = b.request_span_id
    join scoped_spans as s on t.trace_id = s.trace_id and t.answered_by = s.span_id
    where t.is_told
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
        and s.duration_ns * 0.6 <= (
            select sum(c.end_ns - c.start_ns)
            from calls as c
            where
                c.trace_id = b.trace_id and c.request_span_id = b.request_span_id and c.unit_span_id = b.unit_span_id
                -- A thread that nobody called off goes on, and ends well.
                and (not c.is_failed or regexp_matches(c.words, '\bCancelledError\b'))
        )
)
select
    w.*,
    epoch_ns(w.start_time) + w.waited_ns as until_ns,
    not w.is_inner and w.delay_ns >= greatest(0.5 * w.waited_ns, 500000000) and (w.is_clock_known or w.delay_ns < 120000000000)
        as is_begun_late
from waits as w
