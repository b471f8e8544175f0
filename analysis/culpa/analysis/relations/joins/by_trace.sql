-- The line names the trace.
-- grain: one row per log_id and trace_id
-- surety: 1.0
-- idle without: near_lines
select l.log_id, l.known_trace_id as trace_id, '' as request_span_id, 'trace' as joined_by, 1.0 as surety
from near_lines as l
where l.known_trace_id <> ''
