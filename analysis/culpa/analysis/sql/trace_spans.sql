-- What did one trace do? Its spans in the order in which they began.
-- params: trace_id varchar
-- columns: start_ns in nanoseconds since 1970, duration_ns; duplicates are not removed
select
    s.span_id,
    s.parent_span_id,
    epoch_ns(s.start_time) as start_ns,
    s.duration_ns,
    s.service_name,
    s.span_name,
    s.kind,
    s.status_code,
    s.status_message,
    s.http_response_status_code,
    s.http_request_method,
    s.http_route,
    s.url_path,
    s.error_type,
    s.db_system_name,
    s.db_namespace,
    s.server_address,
    s.server_port,
    s.messaging_system,
    s.messaging_destination_name,
    s.rpc_service
from spans as s
where s.trace_id = $trace_id
order by s.start_time, s.span_id
