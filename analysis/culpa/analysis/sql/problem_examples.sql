-- Which failed requests show a problem: the newest, the slowest, the surest, the least sure?
-- params: fingerprint varchar
-- columns: way, trace_id, request_span_id, ended_ns, method, route, path, status, service, confidence, duration_ns (0: not known)
with own as (
    select
        v.trace_id, v.request_span_id, epoch_ns(v.ended_at) as ended_ns, v.method, v.route, v.path, v.status, v.service, v.confidence
    from verdicts as v
    where v.fingerprint = $fingerprint
    order by v.ended_at desc
    limit 2000
),
timed as (
    select
        o.*,
        coalesce(
            (select max(s.duration_ns) from spans as s where s.trace_id = o.trace_id and s.span_id = o.request_span_id),
            (select max(a.duration_ns) from access as a where a.trace_id = o.trace_id and a.span_id = o.request_span_id),
            0
        ) as duration_ns
    from own as o
),
ways as (
    select 1 as rank, 'newest' as way, t.* from timed as t qualify row_number() over (order by t.ended_ns desc, t.trace_id) = 1
    union all
    select 2 as rank, 'slowest' as way, t.* from timed as t qualify row_number() over (order by t.duration_ns desc, t.trace_id) = 1
    union all
    select 3 as rank, 'surest' as way, t.* from timed as t qualify row_number() over (order by t.confidence desc, t.ended_ns desc, t.trace_id) = 1
    union all
    select 4 as rank, 'least sure' as way, t.* from timed as t qualify row_number() over (order by t.confidence, t.ended_ns desc, t.trace_id) = 1
    union all
    select 5 as rank, 'first' as way, t.* from timed as t qualify row_number() over (order by t.ended_ns, t.trace_id) = 1
)
select w.* exclude (rank) from ways as w order by w.rank
