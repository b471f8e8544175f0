-- Which services that took part in a request say what goes wrong in them: an exception of theirs, or a line of their log, was kept from
-- an hour before the request to a minute after it.
-- one row per: trace_id, request_span_id, service
-- idle without: tree
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   service varchar: component name
with partners as (
    select t.trace_id, t.request_span_id, s.service, min(s.start_ns) - 3600000000000 as from_ns, max(s.end_ns) + 60000000000 as to_ns
    from tree as t
    join scoped_spans as s on t.trace_id = s.trace_id and t.span_id = s.span_id
    where s.service <> ''
    group by t.trace_id, t.request_span_id, s.service
),
reach as (
    select make_timestamp_ns(min(p.from_ns)) as from_time, make_timestamp_ns(max(p.to_ns)) as to_time
    from partners as p
),
-- Once for every ten minutes, at their begin.
outputs as (
    select distinct e.service_name, e.resource_id, epoch_ns(e."time") - epoch_ns(e."time") % 600000000000 as at_ns
    from exceptions as e
    where e."time" >= (select r.from_time from reach as r) and e."time" <= (select r.to_time from reach as r)
    union
    -- An output that names no service may be of any.
    select distinct
        case when l.format in @formats sent@ or l.format in @formats names_service@ then l.service_name else '' end as service_name, l.resource_id,
        case when l."time" > make_timestamp_ns(0) then epoch_ns(l."time") - epoch_ns(l."time") % 600000000000 else 0 end as at_ns
    from logs as l
    where
        (l.format in @formats sent@ or l.format in @formats names_service@ or @format language: l.format@ <> '')
        and ((l."time" >= (select r.from_time from reach as r) and l."time" <= (select r.to_time from reach as r)) or l."time" <= make_timestamp_ns(0))
),
named as (
    select distinct o.service_name as service, o.at_ns
    from outputs as o
    union
    select distinct name_service(coalesce(r.service_namespace, ''), o.service_name) as service, o.at_ns
    from outputs as o
    join resources as r on o.resource_id = r.resource_id
    where o.service_name <> ''
)
select p.trace_id, p.request_span_id, p.service
from partners as p
join named as n on p.service = n.service
where n.at_ns = 0 or n.at_ns between p.from_ns - 600000000000 and p.to_ns
union
select p.trace_id, p.request_span_id, p.service
from partners as p
join named as n on n.service = '' and (n.at_ns = 0 or n.at_ns between p.from_ns - 600000000000 and p.to_ns)
