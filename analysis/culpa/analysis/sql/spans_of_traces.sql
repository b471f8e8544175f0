-- The first spans of each of these traces, and how many it has.
-- params: trace_ids varchar[], max_spans bigint (of each)
-- columns: those of the relation `spans`, as they are stored; spans (of the trace, also those that are left out)
select s.* exclude (end_time, attributes), count(*) over (partition by s.trace_id) as spans
from spans as s
where s.trace_id in (select unnest($trace_ids))
qualify row_number() over (partition by s.trace_id order by s.start_time, s.span_id) <= $max_spans
order by s.trace_id, s.start_time, s.span_id
