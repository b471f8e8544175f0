-- Which exceptions, with their stack traces, were recorded in these traces?
-- params: trace_ids varchar[]
-- columns: exception_id, span_id, time_ns (ns since 1970), service_name, source, type, message, origin_type, origin_message, chain, handled,
--          code_file_path, code_line_number, code_function_name, stacktrace (its first 60,000 characters)
select
    e.exception_id, e.span_id, epoch_ns(e.time) as time_ns, e.service_name, e.source, e.type, left(e.message, 4000) as message,
    e.origin_type, left(e.origin_message, 4000) as origin_message, e.chain[:20] as chain, e.handled,
    e.code_file_path, e.code_line_number, e.code_function_name, left(e.stacktrace, 60000) as stacktrace
from exceptions as e
where list_contains($trace_ids, e.trace_id)
order by e.time, e.exception_id
limit 50
