-- What was changed, and which problems appeared first after it?
-- params: since_ns bigint, until_ns bigint, max_rows bigint
-- columns: time_ns (ns since 1970), service_name, kind, description, source, problems (those whose change it is: fingerprint, component,
--          layer, cause), requests (failed ones of all of those)
with begun as (
    -- Of several changes in the same words, a restart each, the last one before a problem's first failure is its own.
    select v.change, v.fingerprint, min(v.ended_at) as first_at, max(v.component) as component, max(v.layer) as layer, max(v.cause) as cause, count(*) as requests
    from verdicts as v
    where v.change <> ''
    group by v.change, v.fingerprint
),
own as (
    select b.*, max(c."time") as changed_at
    from begun as b
    join changes as c on b.change = c.description and epoch_ns(c."time") <= epoch_ns(b.first_at) + 5000000000
    group by all
),
blamed as (
    select
        o.change, o.changed_at, sum(o.requests)::bigint as requests,
        list({'fingerprint': o.fingerprint, 'component': o.component, 'layer': o.layer, 'cause': o.cause} order by o.requests desc, o.fingerprint) as problems
    from own as o
    group by o.change, o.changed_at
)
select
    epoch_ns(c."time") as time_ns, c.service_name, c.kind, c.description, c.source,
    coalesce(b.problems, []) as problems, coalesce(b.requests, 0) as requests
from changes as c
left join blamed as b on c.description = b.change and c."time" = b.changed_at
where c."time" >= make_timestamp_ns($since_ns) and c."time" < make_timestamp_ns($until_ns)
order by c."time" desc, c.description
limit $max_rows
