-- Which exceptions were recorded in these traces, and in traces that hold work of them?
-- relations of: $trace_ids
-- params: trace_ids varchar[], from_ns bigint, to_ns bigint (of explanation/reach.py: nothing else is read)
-- columns: time_ns in nanoseconds since 1970; location `file:line function` of the innermost frame of the app
select
    e.exception_id,
    e.span_id,
    epoch_ns(e.time) as time_ns,
    e.type,
    e.message,
    e.origin_type,
    e.origin_message,
    e.handled,
    e.error_code,
    e.code_file_path,
    e.code_line_number,
    e.code_function_name
from exceptions as e
where e.trace_id in (select w.trace_id from wanted as w union select l.old_trace_id from leaked as l)
order by e.time, e.exception_id
