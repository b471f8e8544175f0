-- Exceptions of the traces to be judged, those of work that stands in an older trace among them.
-- one row per: exception_id, trace_id
-- idle without: exceptions
-- columns:
--   exception_id varchar: as in exceptions
--   trace_id varchar: that of the request
--   span_id varchar, time timestamp_ns, service_name, source, log_id, message, stacktrace varchar, handled boolean, origin_type,
--     origin_message, error_code, code_file_path varchar, code_line_number uinteger, code_function_name varchar, in_app boolean,
--     fingerprint, callee_system, callee_address varchar, callee_port uinteger, callee_namespace, callee_scheme, callee_service varchar,
--     is_relay, is_from_library boolean: as in exceptions
select e.* exclude (resource_id, type, chain, attr_keys, attr_vals, attributes)
from exceptions as e
semi join in_scope as w on e.trace_id = w.trace_id
where e."time" >= make_timestamp_ns($since_ns) or e."time" <= make_timestamp_ns(0)
union all
select e.* exclude (resource_id, type, chain, attr_keys, attr_vals, attributes) replace (l.trace_id as trace_id)
from exceptions as e
join leaked as l on e.trace_id = l.old_trace_id
where e."time" between l.from_time and l.to_time + interval 1 second
