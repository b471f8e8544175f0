-- All that is kept of the lines of access logs of these traces.
-- params: trace_ids varchar[]
-- columns: those of the relation `access`, as they are stored
select a.* exclude (end_time, attributes)
from access as a
where a.trace_id in (select unnest($trace_ids))
order by a.start_time, a.access_id
