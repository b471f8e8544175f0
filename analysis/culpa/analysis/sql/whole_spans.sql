-- All that is kept of the spans of these traces.
-- params: trace_ids varchar[]
-- columns: those of the relation `spans`, as they are stored
select s.* exclude (end_time, attributes)
from spans as s
where s.trace_id in (select unnest($trace_ids))
order by s.start_time, s.span_id
