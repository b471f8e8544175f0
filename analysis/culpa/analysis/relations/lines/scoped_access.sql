-- Every access-log line of the traces to be judged once, and what stands in for one where only a line of another log tells of the request.
-- one row per: trace_id, span_id
-- columns:
--   access_id, trace_id, span_id, parent_span_id, format, service_name varchar, start_time timestamp_ns, duration_ns bigint,
--     http_request_method, url_path varchar, http_response_status_code usmallint, server_address varchar, server_port uinteger,
--     process_pid bigint, connection_id, request_id, log_id, handler, upstream_address, upstream_status, upstream_name varchar,
--     upstream_connect_ns, upstream_header_ns, upstream_bytes_received bigint, completed boolean: as in access
--   start_ns, end_ns bigint: ns since 1970
--   last_upstream_status integer, last_upstream varchar: status and address of the last attempt, 0 and '' if none
--   rewritten_path varchar: what nginx made of the path, '' if it left it alone
--   client_address varchar: who asked
--   passed_on_to varchar: the address in Apache's configuration, '' if not known
--   is_answered_at_once boolean: by Apache, before it looked for a file or a handler
--   passed_on_address varchar: passed_on_to without its scheme, '' where it is the name of a group or of a socket
--   reason varchar: why it answered itself, in words of a gateway's access line, '' where the line tells none
--   is_told boolean: it stands in for one; access_id is the log_id of the line
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
    regexp_extract(attr(a.attr_keys, a.attr_vals, 'apache.passed_on_to'), '^[a-z]+://(.+:[0-9]+)$', 1) as passed_on_address,
    attr(a.attr_keys, a.attr_vals, 'gateway.reason') as reason, false as is_told
from access as a
semi join in_scope as w on a.trace_id = w.trace_id
-- The line of work that stands in a trace of its own began a little before that.
where a.start_time >= make_timestamp_ns($since_ns) - interval 2 minute or a.start_time <= make_timestamp_ns(0)
qualify row_number() over (partition by a.trace_id, a.span_id order by a.start_time) = 1
union all
select
    t.log_id as access_id, t.trace_id, t.span_id, '' as parent_span_id, t.format, t.service_name,
    make_timestamp_ns(greatest(t.at_ns - t.duration_ns, 0)) as start_time, t.duration_ns, t.method as http_request_method, t.url_path,
    t.status as http_response_status_code, '' as server_address, 0::uinteger as server_port, t.process_pid, t.connection_id, t.request_id,
    '' as log_id, '' as handler, passed_on_host(t.upstream_address) as upstream_address, '' as upstream_status, '' as upstream_name,
    -1::bigint as upstream_connect_ns, -1::bigint as upstream_header_ns, -1::bigint as upstream_bytes_received, true as completed,
    greatest(t.at_ns - t.duration_ns, 0) as start_ns, t.at_ns as end_ns, 0 as last_upstream_status,
    passed_on_host(t.upstream_address) as last_upstream, '' as rewritten_path, t.client_address, '' as passed_on_to, false as is_answered_at_once,
    '' as passed_on_address, '' as reason, true as is_told
from told_requests as t
