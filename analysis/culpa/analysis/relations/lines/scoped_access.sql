-- Every access-log line of the traces to be judged once.
-- columns: the ones of access that rules read, and start_ns, end_ns; last_upstream_status (of the last attempt, 0 if none);
--   last_upstream (its address, '' if none); rewritten_path (what nginx made of the path, '' if it left it alone);
--   client_address; passed_on_to (the address in Apache's configuration, '' if not told);
--   is_answered_at_once (by Apache, before it looked for a file or a handler);
--   passed_on_address (the same without its scheme, '' where it is the name of a group or of a socket)
select
    a.access_id, a.trace_id, a.span_id, a.parent_span_id, a.format, a.service_name, a.start_time, a.duration_ns,
    a.http_request_method, a.url_path, a.http_response_status_code, a.server_address, a.server_port,
    a.process_pid, a.connection_id, a.request_id, a.log_id,
    a.handler, a.upstream_address, a.upstream_status, a.upstream_name, a.upstream_connect_ns, a.upstream_header_ns,
    a.upstream_bytes_received, a.completed,
    epoch_ns(a.start_time) as start_ns,
    epoch_ns(a.start_time) + a.duration_ns as end_ns,
    coalesce(try_cast(regexp_extract(a.upstream_status, '([0-9]{3})[^0-9]*$', 1) as integer), 0) as last_upstream_status,
    regexp_extract(a.upstream_address, '([^ ,]+)$', 1) as last_upstream,
    attr(a.attr_keys, a.attr_vals, 'nginx.uri') as rewritten_path,
    attr(a.attr_keys, a.attr_vals, 'client.address') as client_address,
    attr(a.attr_keys, a.attr_vals, 'apache.passed_on_to') as passed_on_to,
    attr(a.attr_keys, a.attr_vals, 'apache.answered_at_once') = 'true' as is_answered_at_once,
    regexp_extract(attr(a.attr_keys, a.attr_vals, 'apache.passed_on_to'), '^[a-z]+://(.+:[0-9]+)$', 1) as passed_on_address
from access as a
semi join in_scope as w on a.trace_id = w.trace_id
-- The line of work that stands in a trace of its own began a little before that.
where a.start_time >= make_timestamp_ns($since_ns) - interval 2 minute or a.start_time <= make_timestamp_ns(0)
qualify row_number() over (partition by a.trace_id, a.span_id order by a.start_time) = 1
