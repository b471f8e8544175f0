-- Did the app's own work, or one component it asked, use up the time that its caller gave it?
-- kind: direct
-- idle without: outwaited, scoped_spans
-- A caller is the web server, or a service whose call was given up while the callee was still at work.
with recursive begun as (
    select
        w.trace_id, w.request_span_id, w.unit_span_id, w.waited_ns, w.caller, case when w.is_inner then 1 else 0 end as is_inner,
        case when w.is_inner then 1.2 when w.is_clock_known then 1.0 else 0.5 end as surety
    from outwaited as w
    where
        w.waited_ns >= 200000000 and w.work_ns >= 0.8 * w.waited_ns and w.delay_ns < 0.5 * w.waited_ns
        and (w.is_clock_known or abs(w.delay_ns) < 120000000000)
),
-- All time that one unit spent on one callee; calls at the same time count once.
spent as (
    select
        s.trace_id, c.request_span_id, s.span_id as unit_span_id, s.service, s.duration_ns as work_ns, c.callee, c.kind_of_callee,
        least(sum(c.end_ns - c.start_ns), max(c.end_ns) - min(c.start_ns)) as spent_ns, count(c.span_id) as calls,
        max_by(c.span_id, c.end_ns - c.start_ns) as span_id, max_by(c.query, c.end_ns - c.start_ns) as query,
        max_by(c.answered_by, c.end_ns - c.start_ns) as answered_by
    from scoped_spans as s
    left join calls as c on s.trace_id = c.trace_id and s.span_id = c.unit_span_id
    group by s.trace_id, c.request_span_id, s.span_id, s.service, s.duration_ns, c.callee, c.kind_of_callee
    having count(c.span_id) > 0
),
heaviest as (
    select p.*
    from spent as p
    where p.spent_ns >= 0.6 * p.work_ns
    qualify row_number() over (partition by p.trace_id, p.request_span_id, p.unit_span_id order by p.spent_ns desc) = 1
),
way as (
    select b.*, 0 as step from begun as b
    union all
    select w.trace_id, w.request_span_id, h.answered_by as unit_span_id, w.waited_ns, w.caller, w.is_inner, w.surety, w.step + 1 as step
    from way as w
    left join heaviest as h on w.trace_id = h.trace_id and w.request_span_id = h.request_span_id and w.unit_span_id = h.unit_span_id
    left join scoped_spans as n on w.trace_id = n.trace_id and h.answered_by = n.span_id
    where h.answered_by <> '' and n.span_id is not null and w.step < 32
),
last_step as (
    select w.* from way as w
    qualify row_number() over (partition by w.trace_id, w.request_span_id order by w.is_inner desc, w.step desc) = 1
),
judged as (
    select
        l.trace_id, l.request_span_id, l.unit_span_id, l.waited_ns, l.caller, l.surety, s.service, s.start_time,
        h.span_id is not null as is_call_slow, h.span_id as call_span_id, h.callee, h.kind_of_callee, h.query, h.calls,
        coalesce(h.spent_ns, 0) as spent_ns
    from last_step as l
    join scoped_spans as s on l.trace_id = s.trace_id and l.unit_span_id = s.span_id
    left join heaviest as h on l.trace_id = h.trace_id and l.request_span_id = h.request_span_id and l.unit_span_id = h.unit_span_id
)
select
    j.trace_id, j.request_span_id,
    case when j.is_call_slow then j.call_span_id else j.unit_span_id end as span_id,
    'span:' || case when j.is_call_slow then j.call_span_id else j.unit_span_id end as source,
    j.start_time as seen_at,
    case when j.is_call_slow then j.kind_of_callee else 'app' end as layer,
    case when j.is_call_slow then j.callee else j.service end as component,
    case when j.is_call_slow then j.kind_of_callee || '.timeout' else 'app.slow' end as cause,
    case when j.is_call_slow then j.query else '' end as object,
    '' as location, j.surety as strength,
    case
        when j.is_call_slow then j.callee || ' took ' || round(j.spent_ns / 1e9, 1) || ' s'
            || case when j.calls > 1 then ' in ' || j.calls || ' calls' else '' end
            || case when j.spent_ns > j.waited_ns then ', and ' || j.caller || ' waited no longer than ' || round(j.waited_ns / 1e9, 1) || ' s'
                else ' of the ' || round(j.waited_ns / 1e9, 1) || ' s that ' || j.caller || ' waited' end
        else j.service || ' was still at work after the ' || round(j.waited_ns / 1e9, 1) || ' s that ' || j.caller || ' waited, and no call explains it'
    end as statement
from judged as j
