-- What are the newest spans of a time?
-- params: since_ns bigint, until_ns bigint, max_rows bigint
-- columns: those of the relation `spans`, as they are stored
select s.* exclude (end_time, attributes)
from spans as s
where s.start_time >= make_timestamp_ns($since_ns) and s.start_time < make_timestamp_ns($until_ns)
order by s.start_time desc, s.trace_id, s.span_id
limit $max_rows
