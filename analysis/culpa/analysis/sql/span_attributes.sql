-- What does one span, access line or log line say of itself, and what sent it?
-- params: trace_id varchar, item_id varchar
-- columns: kind ('span', 'access', 'log', 'resource'), key, value; in the order of the keys
with spans_found as (
    select s.* from spans as s where s.trace_id = $trace_id and s.span_id = $item_id limit 1
),
lines_found as (
    select a.* from access as a where a.trace_id = $trace_id and (a.span_id = $item_id or a.access_id = $item_id) limit 1
),
logs_found as (
    select l.* from logs as l where l.log_id = $item_id limit 1
)
select 'span' as kind, unnest(s.attr_keys) as key, unnest(s.attr_vals) as value from spans_found as s
union all
select 'span' as kind, unnest(['span.name', 'span.kind', 'status.code', 'status.message', 'http.request.method', 'http.route',
    'http.response.status_code', 'url.path', 'url.full', 'server.address', 'server.port', 'error.type', 'db.system.name', 'db.namespace',
    'db.query.text', 'db.query.summary', 'db.response.status_code', 'messaging.system', 'messaging.destination.name',
    'code.function.name', 'code.file.path', 'code.line.number', 'peer.service']) as key,
    unnest([s.span_name, s.kind::varchar, s.status_code::varchar, s.status_message, s.http_request_method, s.http_route,
    s.http_response_status_code::varchar, s.url_path, s.url_full, s.server_address, s.server_port::varchar, s.error_type, s.db_system_name, s.db_namespace,
    s.db_query_text, s.db_query_summary, s.db_response_status_code, s.messaging_system, s.messaging_destination_name,
    s.code_function_name, s.code_file_path, s.code_line_number::varchar, s.peer_service]) as value
from spans_found as s
union all
select 'access' as kind, unnest(['format', 'http.request.method', 'url.path', 'http.response.status_code', 'upstream.address', 'upstream.status',
    'upstream.name', 'upstream.connect_ns', 'upstream.header_ns', 'upstream.response_ns', 'bytes_sent', 'completed', 'request_id',
    'process.pid']) as key,
    unnest([a.format, a.http_request_method, a.url_path, a.http_response_status_code::varchar, a.upstream_address, a.upstream_status,
    a.upstream_name, a.upstream_connect_ns::varchar, a.upstream_header_ns::varchar, a.upstream_response_ns::varchar, a.bytes_sent::varchar,
    a.completed::varchar, a.request_id, a.process_pid::varchar]) as value
from lines_found as a
union all
select 'access' as kind, unnest(a.attr_keys) as key, unnest(a.attr_vals) as value from lines_found as a
union all
select 'log' as kind, unnest(['body', 'format', 'severity_text', 'event_name', 'process.pid', 'thread_id', 'connection_id', 'request_id',
    'error_code']) as key,
    unnest([l.body, l.format, l.severity_text, l.event_name, l.process_pid::varchar, l.thread_id, l.connection_id, l.request_id,
    l.error_code]) as value
from logs_found as l
union all
select 'log' as kind, unnest(l.attr_keys) as key, unnest(l.attr_vals) as value from logs_found as l
union all
select 'resource' as kind, unnest(r.attr_keys) as key, unnest(r.attr_vals) as value
from resources as r
where r.resource_id in (select s.resource_id from spans_found as s union select l.resource_id from logs_found as l)
limit 500
