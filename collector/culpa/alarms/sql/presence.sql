-- Which services sent when?
-- params: since_ns bigint, until_ns bigint (ns since 1970)
-- columns: service; last_ns (ns since 1970); bins (numbers since 1970 of the five-minute stretches in which it sent)
with sent as (
    select s.service_name as service, epoch_ns(s.start_time) as at_ns
    from spans as s
    where s.start_time >= make_timestamp_ns($since_ns) and s.start_time < make_timestamp_ns($until_ns)
    union all
    select a.service_name as service, epoch_ns(a.start_time) as at_ns
    from access as a
    where a.start_time >= make_timestamp_ns($since_ns) and a.start_time < make_timestamp_ns($until_ns)
    union all
    select l.service_name as service, epoch_ns(l."time") as at_ns
    from logs as l
    where l."time" >= make_timestamp_ns($since_ns) and l."time" < make_timestamp_ns($until_ns)
),
binned as (
    select s.service, floor(s.at_ns / 300000000000)::bigint as bin, max(s.at_ns) as last_ns
    from sent as s
    where s.service <> ''
    group by all
)
select b.service, max(b.last_ns) as last_ns, list(b.bin order by b.bin) as bins
from binned as b
group by b.service
order by b.service
