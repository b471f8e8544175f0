-- Which exceptions were recorded in one trace?
-- params: trace_id varchar
-- columns: time_ns in nanoseconds since 1970; location `file:line function` of the innermost frame of the app
select
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
where e.trace_id = $trace_id
order by e.time, e.exception_id
