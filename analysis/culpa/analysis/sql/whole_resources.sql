-- All that is kept of who sent these traces, and these lines of logs.
-- params: trace_ids varchar[], log_ids varchar[]
-- columns: those of the relation `resources`, as they are stored
select r.* exclude (attributes)
from resources as r
where r.resource_id in (
    select s.resource_id from spans as s where s.trace_id in (select unnest($trace_ids))
    union
    select l.resource_id from logs as l
    where l.trace_id in (select unnest($trace_ids)) or l.log_id in (select unnest($log_ids))
    union
    select e.resource_id from exceptions as e where e.trace_id in (select unnest($trace_ids))
)
order by r.resource_id
