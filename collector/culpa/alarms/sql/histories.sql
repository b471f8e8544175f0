-- Since when are these problems known, and in which hours did they fail?
-- params: fingerprints varchar[]; since_ns bigint (of the hours), until_ns bigint (ns since 1970)
-- columns: fingerprint, first_ns; before_ns (last failure before since_ns, 0 for none);
--          hours (of each hour with failures its number since 1970, how many (where spans were sampled an estimate), and the first and last of them in ns since 1970)
with traces as (
    select distinct r.trace_id from verdict_revisions as r where list_contains($fingerprints, r.fingerprint)
),
told as (
    select r.trace_id, r.request_span_id, r.fingerprint, r.truncated, epoch_ns(r.ended_at) as ended_ns
    from verdict_revisions as r
    where r.trace_id in (select t.trace_id from traces as t) and r.ended_at < make_timestamp_ns($until_ns)
    qualify row_number() over (
        partition by r.trace_id, r.request_span_id order by r.judged_at desc, r.settled desc
    ) = 1 and not r.withdrawn
),
weights as (
    select s.trace_id, s.span_id, s.weight from sampled_spans() as s where s.trace_id in (select t.trace_id from traces as t)
),
counted as (
    select
        t.fingerprint, case when t.ended_ns < $since_ns then -1 else floor(t.ended_ns / 3600000000000)::bigint end as hour,
        sum(coalesce(w.weight, 1.0)) as failed, min(t.ended_ns) as first_ns, max(t.ended_ns) as last_ns
    from told as t
    left join weights as w on t.trace_id = w.trace_id and t.request_span_id = w.span_id
    where not t.truncated and list_contains($fingerprints, t.fingerprint)
    group by all
)
select
    c.fingerprint, min(c.first_ns) as first_ns, coalesce(max(c.last_ns) filter (where c.hour = -1), 0) as before_ns,
    coalesce(
        list({'hour': c.hour, 'n': c.failed, 'first_ns': c.first_ns, 'last_ns': c.last_ns} order by c.hour) filter (where c.hour >= 0), []
    ) as hours
from counted as c
group by c.fingerprint
