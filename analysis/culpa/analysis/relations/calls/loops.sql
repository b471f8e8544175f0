-- Calls of one kind that a unit made again and again while somebody waited for it, each of them as quick as such calls are: the time went
-- in their number, which is the caller's doing.
-- one row per: trace_id, request_span_id, unit_span_id, callee, asked
-- idle without: outwaited, calls
-- columns:
--   trace_id, request_span_id, unit_span_id varchar: the failed request, and who called
--   callee, asked varchar: whom, and for what: a query or an endpoint
--   calls bigint: how often
--   spent_ns bigint: how long all of them took
--   typical_ns double: how long one of them took
with asked as (
    select
        c.trace_id, c.request_span_id, c.unit_span_id, c.callee, c.kind_of_callee, c.span_id, c.end_ns - c.start_ns as took_ns,
        -- Numbers and ids tell one call from the next.
        case when c.query <> '' then c.query else regexp_replace(c.url_path, '/([0-9]+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{24,})\b', '/{id}', 'g') end as asked
    from calls as c
    semi join outwaited as w on c.trace_id = w.trace_id and c.request_span_id = w.request_span_id
    where not c.is_failed
),
repeated as (
    select
        a.trace_id, a.request_span_id, a.unit_span_id, a.callee, a.asked, min(a.kind_of_callee) as kind_of_callee, count(*) as calls,
        sum(a.took_ns)::bigint as spent_ns, max(a.took_ns) as longest_ns, median(a.took_ns) as typical_ns, min(a.span_id) as span_id
    from asked as a
    group by a.trace_id, a.request_span_id, a.unit_span_id, a.callee, a.asked
    having count(*) >= 20
),
-- What no call of its kind should take is slow, however often it was made.
quick as (
    select r.*, s.service_name, s.span_name, s.start_ns, b.db_query_text, b.server_address
    from repeated as r
    join scoped_spans as s on r.trace_id = s.trace_id and r.span_id = s.span_id
    join spans as b on r.trace_id = b.trace_id and r.span_id = b.span_id
    where
        r.typical_ns <= case when r.kind_of_callee in ('database', 'cache') then 100000000 else 300000000 end
        and r.longest_ns < 0.3 * r.spent_ns
),
-- How long the same took in the hour before, in other requests.
usual as (
    select q.trace_id, q.request_span_id, q.unit_span_id, q.callee, q.asked, median(s.duration_ns) as usual_ns
    from quick as q
    join spans as s
        on q.service_name = s.service_name and q.span_name = s.span_name and q.db_query_text = s.db_query_text and q.server_address = s.server_address
        and q.trace_id <> s.trace_id
    where
        s.start_time >= (select make_timestamp_ns(min(k.start_ns) - 3600000000000) from quick as k)
        and s.start_time <= (select make_timestamp_ns(max(k.start_ns)) from quick as k)
        and epoch_ns(s.start_time) between q.start_ns - 3600000000000 and q.start_ns and s.status_code <> 2
    group by q.trace_id, q.request_span_id, q.unit_span_id, q.callee, q.asked
    having count(*) >= 10
)
select q.trace_id, q.request_span_id, q.unit_span_id, q.callee, q.asked, q.calls, q.spent_ns, q.typical_ns
from quick as q
left join usual as u
    on q.trace_id = u.trace_id and q.request_span_id = u.request_span_id and q.unit_span_id = u.unit_span_id and q.callee = u.callee
    and q.asked = u.asked
where coalesce(q.typical_ns < 4 * u.usual_ns, true)
