-- From when to when did anything of these traces happen? Who knows that need not look through a whole store again.
-- params: trace_ids varchar[]
-- columns: from_ns, to_ns (ns since 1970; 0 where nothing of them has a time)
with seen as (
    select epoch_ns(s.start_time) as at_ns, epoch_ns(s.start_time) + s.duration_ns as ended_ns
    from spans as s
    where s.trace_id in (select unnest($trace_ids))
    union all
    select epoch_ns(a.start_time) as at_ns, epoch_ns(a.start_time) + a.duration_ns as ended_ns
    from access as a
    where a.trace_id in (select unnest($trace_ids))
    union all
    select epoch_ns(e."time") as at_ns, epoch_ns(e."time") as ended_ns
    from exceptions as e
    where e.trace_id in (select unnest($trace_ids))
    union all
    select epoch_ns(l."time") as at_ns, epoch_ns(l."time") as ended_ns
    from logs as l
    where l.trace_id in (select unnest($trace_ids))
)
select coalesce(min(s.at_ns), 0) as from_ns, coalesce(max(s.ended_ns), 0) as to_ns
from seen as s
where s.at_ns > 0
