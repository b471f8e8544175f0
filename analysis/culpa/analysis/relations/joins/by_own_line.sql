-- The line is itself what tells of the request: no access line and no span does.
-- one row per: log_id, trace_id
-- surety: 1.0
-- idle without: told_requests, near_lines
-- columns:
--   log_id, trace_id, request_span_id, joined_by varchar, surety double: as in joined_logs
select t.log_id, t.trace_id, t.span_id as request_span_id, 'request' as joined_by, 1.0::double as surety
from told_requests as t
semi join near_lines as l on t.log_id = l.log_id
