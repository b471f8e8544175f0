-- In which traces stand the requests that these traces are work of?
-- relations of: $trace_ids
-- params: trace_ids varchar[], from_ns bigint, to_ns bigint (of explanation/reach.py: nothing else is read)
-- columns: trace_id
select distinct l.trace_id
from leaked as l
where l.is_whole and l.old_trace_id in (select w.trace_id from wanted as w)
order by l.trace_id
