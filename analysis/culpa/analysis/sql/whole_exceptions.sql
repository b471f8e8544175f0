-- All that is kept of the exceptions of these traces, and of these lines of logs.
-- params: trace_ids varchar[], log_ids varchar[]
-- columns: those of the relation `exceptions`, as they are stored
select e.* exclude (attributes)
from exceptions as e
where e.trace_id in (select unnest($trace_ids)) or (e.log_id <> '' and e.log_id in (select unnest($log_ids)))
order by e."time", e.exception_id
