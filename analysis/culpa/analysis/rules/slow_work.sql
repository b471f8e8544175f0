-- Did the app's own work, or one component it asked, use up the time that its caller gave it?
-- kind: direct
-- idle without: outwaited, scoped_spans
-- A caller is the web server, or a service whose call was given up while the callee was still at work.
with recursive begun as (
    select
        w.trace_id, w.request_span_id, w.unit_span_id, w.waited_ns, w.until_ns, w.caller, case when w.is_inner then 1 else 0 end as is_inner,
        case when w.is_inner then 1.2 when w.is_clock_known then 1.0 else 0.5 end as surety
    from outwaited as w
    where
        w.waited_ns >= 200000000 and w.work_ns >= 0.8 * w.waited_ns and w.delay_ns < 0.5 * w.waited_ns
        and (w.is_clock_known or abs(w.delay_ns) < 120000000000)
),
-- Until when somebody waited for each unit below, in its own clock.
below as (
    select b.trace_id, b.request_span_id, b.unit_span_id, b.until_ns, 0 as depth from begun as b
    union
    select u.trace_id, u.request_span_id, c.answered_by as unit_span_id, n.start_ns + u.until_ns - c.start_ns as until_ns, u.depth + 1 as depth
    from below as u
    join calls as c on u.trace_id = c.trace_id and u.request_span_id = c.request_span_id and u.unit_span_id = c.unit_span_id
    join scoped_spans as n on c.trace_id = n.trace_id and c.answered_by = n.span_id
    where c.answered_by <> '' and c.start_ns < u.until_ns and u.depth < 32
),
awaited as (
    select u.trace_id, u.request_span_id, u.unit_span_id, max(u.until_ns) as until_ns
    from below as u
    group by u.trace_id, u.request_span_id, u.unit_span_id
),
-- A message whose work ended just before the unit did was waited for until then.
timed as (
    select
        c.* replace (
            case when p.kind = 4 and k.end_ns > c.end_ns and u.end_ns between k.end_ns and k.end_ns + greatest(300000000, 0.1 * u.duration_ns)
                then k.end_ns else c.end_ns end as end_ns
        )
    from calls as c
    semi join awaited as a on c.trace_id = a.trace_id and c.request_span_id = a.request_span_id and c.unit_span_id = a.unit_span_id
    left join scoped_spans as p on c.trace_id = p.trace_id and c.span_id = p.span_id
    left join scoped_spans as k on p.kind = 4 and c.trace_id = k.trace_id and c.answered_by = k.span_id
    left join scoped_spans as u on k.span_id is not null and c.trace_id = u.trace_id and c.unit_span_id = u.span_id
),
-- All time that one unit spent on one callee while it was waited for; calls at the same time count once.
spent as (
    select
        u.trace_id, u.request_span_id, u.unit_span_id, least(s.duration_ns, u.until_ns - s.start_ns) as work_ns, c.callee, c.kind_of_callee,
        least(sum(c.end_ns - c.start_ns), max(c.end_ns) - min(c.start_ns)) as spent_ns,
        least(sum(least(c.end_ns, u.until_ns) - c.start_ns), max(least(c.end_ns, u.until_ns)) - min(c.start_ns)) as awaited_ns,
        count(*) as calls,
        max_by(c.span_id, c.end_ns - c.start_ns) as span_id, max_by(c.query, c.end_ns - c.start_ns) as query,
        max_by(c.answered_by, c.end_ns - c.start_ns) as answered_by
    from awaited as u
    join scoped_spans as s on u.trace_id = s.trace_id and u.unit_span_id = s.span_id
    join timed as c on u.trace_id = c.trace_id and u.request_span_id = c.request_span_id and u.unit_span_id = c.unit_span_id
    where c.start_ns < u.until_ns
    group by u.trace_id, u.request_span_id, u.unit_span_id, s.duration_ns, s.start_ns, u.until_ns, c.callee, c.kind_of_callee
),
repeated as (
    select
        l.trace_id, l.request_span_id, l.unit_span_id, l.callee, sum(l.spent_ns) as spent_ns,
        max_by(l.calls || ' × ' || l.asked, l.spent_ns) as says, max(l.typical_ns) as typical_ns
    from loops as l
    group by l.trace_id, l.request_span_id, l.unit_span_id, l.callee
),
heaviest as (
    select p.*, coalesce(r.spent_ns >= 0.6 * p.spent_ns, false) as is_loop, r.says, r.typical_ns
    from spent as p
    left join repeated as r
        on p.trace_id = r.trace_id and p.request_span_id = r.request_span_id and p.unit_span_id = r.unit_span_id and p.callee = r.callee
    where p.awaited_ns >= 0.6 * p.work_ns
    qualify row_number() over (partition by p.trace_id, p.request_span_id, p.unit_span_id order by p.awaited_ns desc) = 1
),
-- Down to whom the time went. Who was asked again and again, and was quick each time, did not use it up.
way as (
    select b.*, 0 as step from begun as b
    union all
    select w.trace_id, w.request_span_id, h.answered_by as unit_span_id, w.waited_ns, w.until_ns, w.caller, w.is_inner, w.surety, w.step + 1 as step
    from way as w
    left join heaviest as h on w.trace_id = h.trace_id and w.request_span_id = h.request_span_id and w.unit_span_id = h.unit_span_id
    left join scoped_spans as n on w.trace_id = n.trace_id and h.answered_by = n.span_id
    where h.answered_by <> '' and n.span_id is not null and not h.is_loop and w.step < 32
),
last_step as (
    select w.* from way as w
    qualify row_number() over (partition by w.trace_id, w.request_span_id order by w.is_inner desc, w.step desc) = 1
),
-- Also where its own work between the calls took the most of it.
busiest as (
    select r.*
    from repeated as r
    qualify row_number() over (partition by r.trace_id, r.request_span_id, r.unit_span_id order by r.spent_ns desc) = 1
),
judged as (
    select
        l.trace_id, l.request_span_id, l.unit_span_id, l.waited_ns, l.caller, l.surety, s.service, s.start_time,
        h.span_id is not null and not h.is_loop as is_call_slow, h.span_id as call_span_id, h.callee, h.kind_of_callee, h.query, h.calls,
        coalesce(h.spent_ns, 0) as spent_ns,
        coalesce(case when h.is_loop then h.says end, case when b.spent_ns >= 0.2 * s.duration_ns then b.says end, '') as loop_says,
        coalesce(h.typical_ns, b.typical_ns) as typical_ns, k.span_id is not null as is_lock_told,
        t.span_id is not null as is_task_open,
        s.http_response_status_code >= 500 and o.service is null as is_end_untold
    from last_step as l
    join scoped_spans as s on l.trace_id = s.trace_id and l.unit_span_id = s.span_id
    left join heaviest as h on l.trace_id = h.trace_id and l.request_span_id = h.request_span_id and l.unit_span_id = h.unit_span_id
    left join lock_waits as k on h.trace_id = k.trace_id and h.request_span_id = k.request_span_id and h.span_id = k.span_id
    left join open_tasks as t
        on l.trace_id = t.trace_id and l.request_span_id = t.request_span_id and l.unit_span_id = t.unit_span_id and t.answered_by = ''
    left join outspoken as o on l.trace_id = o.trace_id and l.request_span_id = o.request_span_id and s.service = o.service
    left join busiest as b on l.trace_id = b.trace_id and l.request_span_id = b.request_span_id and l.unit_span_id = b.unit_span_id
)
select
    j.trace_id, j.request_span_id,
    case when j.is_call_slow then j.call_span_id else j.unit_span_id end as span_id,
    'span:' || case when j.is_call_slow then j.call_span_id else j.unit_span_id end as source,
    j.start_time as seen_at,
    j.service, j.callee,
    -- What waited for another transaction was not slow.
    case when j.is_call_slow and j.is_lock_told then 'database.lock_timeout' when j.is_call_slow then j.kind_of_callee || '.timeout' else 'app.slow' end as cause,
    case when j.is_call_slow then j.query else j.loop_says end as object,
    -- Who may have waited for a task that nobody took was perhaps not at work at all.
    case when j.is_task_open and not j.is_call_slow then 0.1 else 1.0 end
        -- What it failed of in the end, of which nobody says anything, may be what took so long.
        * case when j.is_end_untold and not j.is_call_slow and j.loop_says = '' then 0.4 else 1.0 end * j.surety as strength,
    case
        when j.is_call_slow then j.callee || ' took ' || round(j.spent_ns / 1e9, 1) || ' s'
            || case when j.calls > 1 then ' in ' || j.calls || ' calls' else '' end
            || case when j.spent_ns > j.waited_ns then ', and ' || j.caller || ' waited no longer than ' || round(j.waited_ns / 1e9, 1) || ' s'
                else ' of the ' || round(j.waited_ns / 1e9, 1) || ' s that ' || j.caller || ' waited' end
        when j.loop_says <> '' then j.service || ' asked again and again (' || left(j.loop_says, 120) || '), mostly for ' || round(j.typical_ns / 1e6, 1)
            || ' ms, and was still at work after the ' || round(j.waited_ns / 1e9, 1) || ' s that ' || j.caller || ' waited'
        else j.service || ' was still at work after the ' || round(j.waited_ns / 1e9, 1) || ' s that ' || j.caller || ' waited, and no call explains it'
    end as statement
from judged as j
