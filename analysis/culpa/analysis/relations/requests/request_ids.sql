-- The server's own ids of failed requests; with one of them the clocks of the two logs do not matter.
-- one row per: service_name, request_id, trace_id, span_id
-- idle without: failed_lines
-- columns:
--   service_name, request_id varchar: the web server, and its id of the request or of the line
--   trace_id, span_id varchar: of the access line
select f.service_name, f.request_id, f.trace_id, f.span_id from failed_lines as f where f.request_id <> ''
union
select f.service_name, f.log_id as request_id, f.trace_id, f.span_id from failed_lines as f where f.log_id <> ''
