-- What did the web servers' access logs write about one trace?
-- params: trace_id varchar
-- columns: start_ns in nanoseconds since 1970, duration_ns
select
    a.access_id,
    a.span_id,
    a.parent_span_id,
    a.service_name,
    epoch_ns(a.start_time) as start_ns,
    a.duration_ns,
    a.http_request_method,
    a.url_path,
    a.http_response_status_code,
    a.upstream_address,
    a.upstream_status,
    a.completed
from access as a
where a.trace_id = $trace_id
order by a.start_time, a.duration_ns desc, a.access_id
