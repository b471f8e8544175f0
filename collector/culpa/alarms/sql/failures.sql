-- Which problems failed when, and where? By what is held of each failure now.
-- params: since_ns bigint, until_ns bigint (ns since 1970; until is no longer in it)
-- columns: fingerprint, service, place, is_route (a route; else a bare path), layer, component, cause, object; last_ns (ns since 1970);
--          minutes (of each minute with failures its number since 1970, how many `n`, and `kept`, of how many that is told: where spans were
--          sampled `n` is an estimate)
with told as (
    select
        r.trace_id, r.request_span_id, r.fingerprint, r.service, case when r.route <> '' then r.route else r.path end as place, r.route <> '' as is_route,
        r.layer, r.component, r.cause, r."object", r.truncated, epoch_ns(r.ended_at) as ended_ns
    from verdict_revisions as r
    where r.ended_at >= make_timestamp_ns($since_ns) and r.ended_at < make_timestamp_ns($until_ns) and r.kind = 'request'
    qualify row_number() over (
        partition by r.trace_id, r.request_span_id order by r.judged_at desc, r.settled desc
    ) = 1 and not r.withdrawn
),
weights as (
    -- What takes longer than a day counts once.
    select s.trace_id, s.span_id, s.weight
    from sampled_spans() as s
    where s.start_time >= make_timestamp_ns(greatest($since_ns - 86400000000000, 0))
),
counted as (
    select
        t.fingerprint, t.service, t.place, t.is_route, floor(t.ended_ns / 60000000000)::bigint as minute,
        sum(coalesce(w.weight, 1.0)) as failed, count(*) as kept,
        max_by(t.layer, t.ended_ns) as layer, max_by(t.component, t.ended_ns) as component,
        max_by(t.cause, t.ended_ns) as cause, max_by(t."object", t.ended_ns) as "object", max(t.ended_ns) as last_ns
    from told as t
    left join weights as w on t.trace_id = w.trace_id and t.request_span_id = w.span_id
    where not t.truncated
    group by all
)
select
    c.fingerprint, c.service, c.place, c.is_route, max_by(c.layer, c.last_ns) as layer, max_by(c.component, c.last_ns) as component,
    max_by(c.cause, c.last_ns) as cause, max_by(c."object", c.last_ns) as "object", max(c.last_ns) as last_ns,
    list({'minute': c.minute, 'n': c.failed, 'kept': c.kept} order by c.minute) as minutes
from counted as c
group by c.fingerprint, c.service, c.place, c.is_route
order by c.fingerprint, c.service, c.place, c.is_route
