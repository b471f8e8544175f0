-- Log records of the traces to be judged, and server-log lines that name no trace but may belong to one of their requests:
-- every way of the folder joins, and of each line and trace the surest.
-- A line that tells of a whole server may belong to several requests: one row each.
-- one row per: log_id, trace_id, request_span_id
-- idle without: near_lines
-- columns:
--   as in near_lines, without request_id, known_trace_id, is_identified, last_part, told_pid, told_host, told_status, told_client
--   request_span_id varchar: of the access line it was joined to, '' if it came with its own trace
--   joined_by varchar: 'trace', 'connection', 'request', 'process' or 'time'
--   surety double: 0..1, of the join
with ways as (
@joins@
)
select
    l.* exclude (request_id, known_trace_id, is_identified, last_part, told_pid, told_host, told_status, told_client)
        replace (j.trace_id as trace_id),
    j.request_span_id, j.joined_by, j.surety
from near_lines as l
join ways as j on l.log_id = j.log_id and (l.known_trace_id = '' or l.known_trace_id = j.trace_id)
qualify row_number() over (
    partition by j.trace_id, l.log_id, case when j.joined_by in ('process', 'time') then j.request_span_id else '' end
    order by (-j.surety, l."time")
) = 1
