-- Which problems failed when, and where? By what is held of each failure now.
-- params: since_ns bigint, until_ns bigint (ns since 1970; until is no longer in it)
-- columns: fingerprint, service, place, is_route (a route; else a bare path), layer, component, cause, object; last_ns (ns since 1970);
--          minutes (of each minute with failures its number since 1970, and how many)
with told as (
    select
        r.fingerprint, r.service, case when r.route <> '' then r.route else r.path end as place, r.route <> '' as is_route,
        r.layer, r.component, r.cause, r."object", r.truncated, epoch_ns(r.ended_at) as ended_ns
    from verdict_revisions as r
    where r.ended_at >= make_timestamp_ns($since_ns) and r.ended_at < make_timestamp_ns($until_ns) and r.kind = 'request'
    qualify row_number() over (
        partition by r.trace_id, r.request_span_id order by r.judged_at desc, r.settled desc
    ) = 1 and not r.withdrawn
),
counted as (
    select
        t.fingerprint, t.service, t.place, t.is_route, floor(t.ended_ns / 60000000000)::bigint as minute, count(*) as failed,
        max_by(t.layer, t.ended_ns) as layer, max_by(t.component, t.ended_ns) as component,
        max_by(t.cause, t.ended_ns) as cause, max_by(t."object", t.ended_ns) as "object", max(t.ended_ns) as last_ns
    from told as t
    where not t.truncated
    group by all
)
select
    c.fingerprint, c.service, c.place, c.is_route, max_by(c.layer, c.last_ns) as layer, max_by(c.component, c.last_ns) as component,
    max_by(c.cause, c.last_ns) as cause, max_by(c."object", c.last_ns) as "object", max(c.last_ns) as last_ns,
    list({'minute': c.minute, 'n': c.failed} order by c.minute) as minutes
from counted as c
group by c.fingerprint, c.service, c.place, c.is_route
order by c.fingerprint, c.service, c.place, c.is_route
