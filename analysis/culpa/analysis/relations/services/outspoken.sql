-- Services that say what goes wrong in them: an exception of theirs, or a line of their log, was kept in the hour before.
-- one row per: service
-- idle without: blamed
-- columns:
--   service varchar: component name
with reach as (
    select
        make_timestamp_ns(min(s.start_ns)) - interval 1 hour as from_time,
        make_timestamp_ns(max(s.start_ns + s.duration_ns)) + interval 1 minute as to_time
    from blamed as b
    join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
),
said as (
    select distinct e.service_name, e.resource_id
    from exceptions as e
    where e."time" >= (select r.from_time from reach as r) and e."time" <= (select r.to_time from reach as r)
    union
    -- An output that names no service may be of any, and so may one without times.
    select distinct case when l.format in @formats sent@ or l.format in @formats names_service@ then l.service_name else '' end as service_name, l.resource_id
    from logs as l
    where
        (l.format in @formats sent@ or l.format in @formats names_service@ or @format language: l.format@ <> '')
        and ((l."time" >= (select r.from_time from reach as r) and l."time" <= (select r.to_time from reach as r)) or l."time" <= make_timestamp_ns(0))
)
select distinct b.service
from blamed as b
join said as s on true
left join resources as r on s.resource_id = r.resource_id
where s.service_name = '' or b.service in (s.service_name, name_service(coalesce(r.service_namespace, ''), s.service_name))
