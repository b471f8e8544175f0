-- Requests whose process died under them, where no web server's line tells of it: the span that was left open.
-- one row per: trace_id, span_id
-- idle without: scoped_spans
-- columns:
--   trace_id, span_id varchar: of that span
--   from_ns, to_ns bigint: what was logged between them may tell of it
--   process_pid bigint, service_name varchar: who died
--   host_name varchar: its machine, up to the first dot
--   resource_id ubigint: as in spans
select
    s.trace_id, s.span_id, s.start_ns - 1000000000 as from_ns, s.end_ns + 5000000000 as to_ns, s.process_pid, s.service_name,
    regexp_extract(s.host_name, '^[^.]*') as host_name, s.resource_id
from scoped_spans as s
anti join scoped_access as a on s.trace_id = a.trace_id
where s.kind = 2 and s.error_type = 'process_died' and s.process_pid > 0
