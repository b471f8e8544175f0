-- Which processes worked on a failed request, as its spans tell.
-- one row per: trace_id, request_span_id, resource_id, process_pid, service_name, host_name
-- idle without: scoped_spans
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   from_ns, to_ns bigint: when it did so
--   process_pid bigint, service_name varchar: who
--   host_name varchar: its machine, up to the first dot
--   resource_id ubigint: as in spans
select
    f.trace_id, f.span_id as request_span_id, f.from_ns, f.end_ns + 5000000000 as to_ns, s.process_pid, s.service_name,
    regexp_extract(s.host_name, '^[^.]*') as host_name, s.resource_id
from failed_lines as f
join scoped_spans as s on f.trace_id = s.trace_id
where s.process_pid > 0
group by all
union all
select o.trace_id, o.span_id as request_span_id, o.from_ns, o.to_ns, o.process_pid, o.service_name, o.host_name, o.resource_id
from left_open as o
