-- Did the app's own work, or one call it made, use up the time that the web server gave it?
-- kind: direct
with late as (
    select
        r.trace_id, r.request_span_id, b.unit_span_id, b.service, r.duration_ns, r.status, s.start_ns, s.end_ns, s.duration_ns as work_ns,
        r.start_ns as asked_ns, s.start_time, r.web_server
    from requests as r
    join blamed as b on r.trace_id = b.trace_id and r.request_span_id = b.request_span_id
    join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
    where
        r.record = 'access' and r.status in (502, 504) and r.upstream_header_ns < 0
        and s.duration_ns >= 0.8 * r.duration_ns and r.duration_ns >= 200000000
        and s.start_ns - r.start_ns < 0.5 * r.duration_ns
),
longest as (
    select c.*
    from calls as c
    join late as l on c.trace_id = l.trace_id and c.request_span_id = l.request_span_id and c.unit_span_id = l.unit_span_id
    qualify row_number() over (partition by c.trace_id, c.request_span_id order by c.end_ns - c.start_ns desc) = 1
),
judged as (
    select
        l.*, c.span_id as call_span_id, c.callee, c.kind_of_callee, c.query,
        c.span_id is not null and c.end_ns - c.start_ns >= 0.6 * l.work_ns as is_call_slow,
        coalesce(c.end_ns - c.start_ns, 0) as call_ns
    from late as l
    left join longest as c on l.trace_id = c.trace_id and l.request_span_id = c.request_span_id
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
    '' as location, 1.0 as strength,
    case
        when j.is_call_slow then j.callee || ' took ' || round(j.call_ns / 1e9, 1) || ' s of the ' || round(j.duration_ns / 1e9, 1) || ' s that ' || j.web_server || ' waited'
        else j.service || ' was still at work after the ' || round(j.duration_ns / 1e9, 1) || ' s that ' || j.web_server || ' waited, and no call explains it'
    end as statement
from judged as j
