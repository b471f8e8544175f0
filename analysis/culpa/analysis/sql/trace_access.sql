-- What did the web servers' access logs write about these traces?
-- relations of: $trace_ids
-- params: trace_ids varchar[], from_ns bigint, to_ns bigint (of explanation/reach.py: nothing else is read)
-- columns: start_ns in nanoseconds since 1970, duration_ns
select
    a.access_id,
    a.span_id,
    a.parent_span_id,
    a.service_name,
    a.start_ns,
    a.duration_ns,
    a.http_request_method,
    a.url_path,
    a.http_response_status_code,
    a.upstream_address,
    a.upstream_status,
    a.completed,
    a.is_told
from scoped_access as a
where a.trace_id in (select w.trace_id from wanted as w)
order by a.start_time, a.duration_ns desc, a.access_id
