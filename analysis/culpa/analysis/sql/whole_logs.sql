-- All that is kept of the log records of these traces, and of these lines of logs.
-- params: trace_ids varchar[], log_ids varchar[]
-- columns: those of the relation `logs`, as they are stored
select l.* exclude (attributes)
from logs as l
where l.trace_id in (select unnest($trace_ids)) or l.log_id in (select unnest($log_ids))
order by l."time", l.log_id
