-- The line names the trace.
-- one row per: log_id, trace_id
-- surety: 1.0
-- idle without: near_lines
-- columns:
--   log_id, trace_id, request_span_id, joined_by varchar, surety double: as in joined_logs
select l.log_id, l.known_trace_id as trace_id, '' as request_span_id, 'trace' as joined_by, 1.0::double as surety
from near_lines as l
where l.known_trace_id <> ''
