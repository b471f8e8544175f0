-- The line bears the server's own id of the request, as good as a trace: whatever the clocks say.
-- one row per: log_id, trace_id, request_span_id
-- surety: 1.0
-- idle without: request_ids, near_lines
-- columns:
--   log_id, trace_id, request_span_id, joined_by varchar, surety double: as in joined_logs
select l.log_id, i.trace_id, i.span_id as request_span_id, 'trace' as joined_by, 1.0::double as surety
from near_lines as l
join request_ids as i on l.service_name = i.service_name and l.request_id = i.request_id
where l.is_identified
