-- Was the caller sent from one address to the next until it gave up?
-- kind: direct
-- idle without: blamed, calls
-- Each answer is well, and the client that follows them says little more than that it failed.
with redirected as (
    select
        c.trace_id, c.request_span_id, c.unit_span_id, count(*) as times, max(c.end_ns) as end_ns, max(c.start_time) as seen_at,
        max_by(c.span_id, c.end_ns) as span_id, max_by(c.callee, c.end_ns) as callee, max_by(c.url_path, c.end_ns) as url_path,
        max_by(c.status, c.end_ns) as status
    from calls as c
    where c.kind_of_callee = 'upstream' and c.status in (301, 302, 303, 307, 308)
    group by c.trace_id, c.request_span_id, c.unit_span_id
    -- No client follows fewer by itself; an app that is sent on a few times gets somewhere.
    having count(*) >= 5
),
given_up as (
    select d.*
    from redirected as d
    anti join calls as c
        on d.trace_id = c.trace_id and d.request_span_id = c.request_span_id and d.unit_span_id = c.unit_span_id and c.start_ns >= d.end_ns
)
select
    b.trace_id, b.request_span_id, g.span_id, 'span:' || g.span_id as source, g.seen_at,
    g.callee, 'upstream.error_response' as cause, g.url_path as object,
    1.0 as strength,
    g.callee || ' redirected ' || g.times || ' times, with ' || g.status || ' at the end, and the caller gave up' as statement
from given_up as g
join blamed as b on g.trace_id = b.trace_id and g.request_span_id = b.request_span_id and g.unit_span_id = b.unit_span_id
-- An exception of much later is another trouble.
anti join reached as r
    on g.trace_id = r.trace_id and g.request_span_id = r.request_span_id and g.unit_span_id = r.unit_span_id
    and r.time_ns > g.end_ns + 50000000
