-- The access lines of requests that failed or broke off: what lines of other logs may belong to.
-- one row per: trace_id, span_id
-- idle without: scoped_access
-- columns:
--   trace_id, span_id, format, service_name varchar, process_pid bigint, connection_id, request_id, log_id varchar: as in scoped_access
--   method, url_path varchar, status usmallint: how it was asked and answered
--   upstream_connect_ns, upstream_header_ns bigint, client_address varchar, start_ns, end_ns bigint: as in scoped_access
--   from_ns, to_ns bigint: what was logged between them may tell of it
--   last_part varchar: of its path
--   nth bigint: which one of those that look alike, from 1
select
    a.trace_id, a.span_id, a.format, a.service_name, a.process_pid, a.connection_id, a.request_id, a.log_id,
    a.http_request_method as method, a.url_path, a.http_response_status_code as status, a.upstream_connect_ns,
    a.upstream_header_ns, a.client_address, a.start_ns, a.end_ns,
    -- A line without a duration has whole seconds: Apache's of the begin, so many before a time-out ends it (300 s where
    -- nobody chose); nginx's of the end.
    -- Who is told to have given up waited a minute, where nobody chose another time.
    a.start_ns - case when a.is_told and a.http_response_status_code = 504 and a.duration_ns = 0 then 61000000000 else 1000000000 end as from_ns,
    a.end_ns + case when a.format in @formats begins@ then 310000000000 else 2000000000 end as to_ns,
    regexp_extract(a.url_path, '[^/]*$') as last_part,
    row_number() over (partition by a.url_path, a.http_request_method, a.http_response_status_code order by a.start_ns, a.span_id) as nth
from scoped_access as a
where a.http_response_status_code >= 500 or not a.completed or a.is_told
