-- Which services and files send, how much, and since when are they silent?
-- params: since_ns bigint (of what is counted)
-- columns: service_name, kind ('spans', 'access', 'logs'), rows (since then), last_ns (ns since 1970)
with sent as (
    select s.service_name, 'spans' as kind, epoch_ns(max(s.start_time)) as last_ns, count(*) filter (where s.start_time >= make_timestamp_ns($since_ns)) as rows
    from spans as s group by s.service_name
    union all
    select a.service_name, 'access' as kind, epoch_ns(max(a.start_time)) as last_ns, count(*) filter (where a.start_time >= make_timestamp_ns($since_ns)) as rows
    from access as a group by a.service_name
    union all
    select case when l.service_name <> '' then l.service_name else l.format end as service_name, 'logs' as kind, epoch_ns(max(l."time")) as last_ns,
        count(*) filter (where l."time" >= make_timestamp_ns($since_ns)) as rows
    from logs as l group by all
)
select s.service_name, s.kind, s.rows, s.last_ns
from sent as s
order by s.last_ns desc, s.service_name, s.kind
limit 200
