-- Exceptions of the traces to be judged, those of work that stands in an older trace among them.
-- columns: as in exceptions, trace_id that of the request
select e.*
from exceptions as e
semi join in_scope as w on e.trace_id = w.trace_id
where e."time" >= make_timestamp_ns($since_ns) or e."time" <= make_timestamp_ns(0)
union all
select e.* replace (l.trace_id as trace_id)
from exceptions as e
join leaked as l on e.trace_id = l.old_trace_id
where e."time" between l.from_time and l.to_time + interval 1 second
