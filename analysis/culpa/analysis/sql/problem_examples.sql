-- Which failed requests show a problem: the newest, the slowest, the surest, the least sure?
-- params: fingerprint varchar
-- columns: way, trace_id, request_span_id, ended_ns, method, route, path, status, service, confidence, duration_ns (0: not known)
with own as (
    select
        v.trace_id, v.request_span_id, epoch_ns(v.ended_at) as ended_ns, v.method, v.route, v.path, v.status, v.service, v.confidence
    from failures as v
    where v.fingerprint = $fingerprint
    order by v.ended_at desc
    limit 2000
),
spans_of as materialized (
    select s.trace_id, s.span_id, max(s.duration_ns) as duration_ns
    from spans as s
    -- By one column the engine finds them before it reads the others.
    where s.trace_id in (select o.trace_id from own as o)
    group by s.trace_id, s.span_id
),
-- Of what no span tells.
untimed as (
    select o.trace_id from own as o
    anti join spans_of as s on o.trace_id = s.trace_id and o.request_span_id = s.span_id
),
lines_of as (
    select a.trace_id, a.span_id, max(a.duration_ns) as duration_ns
    from access as a
    where a.trace_id in (select u.trace_id from untimed as u)
    group by a.trace_id, a.span_id
),
timed as (
    select o.*, coalesce(s.duration_ns, a.duration_ns, 0) as duration_ns
    from own as o
    left join spans_of as s on o.trace_id = s.trace_id and o.request_span_id = s.span_id
    left join lines_of as a on o.trace_id = a.trace_id and o.request_span_id = a.span_id
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
