-- Tasks whose result somebody waited for in vain, as the words say or as the time tells: the last one that each unit sent.
-- one row per: trace_id, request_span_id, unit_span_id
-- idle without: calls
-- columns:
--   trace_id, request_span_id, unit_span_id varchar: the failed request, and who waited
--   span_id varchar, start_time timestamp_ns: the message that sent it, and when
--   name, destination varchar: of the task's message, and its queue
--   broker varchar: component name, '' if not known
--   answered_by varchar: the work on it, '' if nobody began it
--   waited_ns bigint: how long it was waited for
--   delay_ns bigint: how much of that before the work began, all of it where it never did
--   is_told boolean: the waiting ended with words that say so
with waiting as (
    select
        b.trace_id, b.request_span_id, b.unit_span_id, r.time_ns as until_ns, true as is_told
    from blamed as b
    join reached as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id and b.unit_span_id = r.unit_span_id
    where @says task_wait (words: r.words, type: r.origin_type, stack: r.stacktrace)@
    union all
    select o.trace_id, o.request_span_id, o.unit_span_id, o.answered_ns as until_ns, false as is_told
    from outlived as o
    join blamed as b on o.trace_id = b.trace_id and o.request_span_id = b.request_span_id and o.unit_span_id = b.unit_span_id
    where b.line_status = 504
),
longest as (
    select w.trace_id, w.request_span_id, w.unit_span_id, bool_or(w.is_told) as is_told, min(w.until_ns) as until_ns
    from waiting as w
    group by w.trace_id, w.request_span_id, w.unit_span_id
),
sent as (
    select
        w.*, c.span_id, c.start_time, c.start_ns, c.end_ns, p.span_name as name, c.query as destination, c.callee as broker, c.answered_by,
        k.start_ns as begun_ns, k.end_ns as done_ns
    from longest as w
    join calls as c on w.trace_id = c.trace_id and w.request_span_id = c.request_span_id and w.unit_span_id = c.unit_span_id
    join scoped_spans as p on c.trace_id = p.trace_id and c.span_id = p.span_id
    left join scoped_spans as k on c.trace_id = k.trace_id and c.answered_by = k.span_id
    where p.kind = 4 and not c.is_failed and c.end_ns <= w.until_ns
    qualify row_number() over (partition by w.trace_id, w.request_span_id, w.unit_span_id order by c.end_ns desc, c.span_id) = 1
),
-- What else the unit asked meanwhile: it did not wait for the task then.
busy as (
    select s.trace_id, s.request_span_id, s.unit_span_id, sum(least(c.end_ns, s.until_ns) - c.start_ns) as busy_ns
    from sent as s
    join calls as c
        on s.trace_id = c.trace_id and s.request_span_id = c.request_span_id and s.unit_span_id = c.unit_span_id
        and c.start_ns >= s.end_ns and c.start_ns < s.until_ns and c.span_id <> s.span_id
    group by s.trace_id, s.request_span_id, s.unit_span_id
)
select
    s.trace_id, s.request_span_id, s.unit_span_id, s.span_id, s.start_time, s.name, s.destination, s.broker, s.answered_by,
    s.until_ns - s.start_ns as waited_ns,
    greatest(0, least(coalesce(s.begun_ns, s.until_ns), s.until_ns) - s.start_ns) as delay_ns, s.is_told
from sent as s
left join busy as u on s.trace_id = u.trace_id and s.request_span_id = u.request_span_id and s.unit_span_id = u.unit_span_id
left join scoped_spans as n on s.trace_id = n.trace_id and s.unit_span_id = n.span_id
where
    s.is_told
    or (
        coalesce(u.busy_ns, 0) < 0.2 * (s.until_ns - s.end_ns) and s.end_ns - n.start_ns < 0.5 * (s.until_ns - n.start_ns)
        -- Work that was done long before the end of the waiting was not what it waited for.
        and (s.answered_by = '' or s.done_ns > s.until_ns)
    )
