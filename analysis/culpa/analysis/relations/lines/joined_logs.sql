-- Log records of the traces to be judged, and server-log lines that name no trace but may belong to one of their requests:
-- every way of the folder joins, and of each line and trace the surest.
-- grain: one row per log_id and trace_id; a line that tells of a whole server may belong to several requests, then one row each
-- idle without: near_lines
-- columns: the ones of logs that rules read (trace_id filled in), and request_span_id (of the access line it was joined to, '' if it
--   came with its own trace), joined_by ('trace', 'connection', 'request', 'process', 'time'), surety (0..1)
with ways as (
@joins@
)
select
    l.* exclude (request_id, known_trace_id, is_identified, last_part, told_pid, told_host, told_status, told_client)
        replace (j.trace_id as trace_id),
    j.request_span_id, j.joined_by, j.surety::double as surety
from near_lines as l
join ways as j on l.log_id = j.log_id and (l.known_trace_id = '' or l.known_trace_id = j.trace_id)
qualify row_number() over (
    partition by j.trace_id, l.log_id, case when j.joined_by in ('process', 'time') then j.request_span_id else '' end
    order by (-j.surety, l."time")
) = 1
