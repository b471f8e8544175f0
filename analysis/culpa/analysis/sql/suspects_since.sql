-- Which traces that ended since then may hold a failed request, or hold a verdict?
-- params: since_ns bigint (0: all)
-- columns: trace_id
with cut as (
    select l.trace_id, l.service_name, l.process_pid, l.connection_id, l."time"
    from logs as l
    where
        l.format <> 'otlp' and l.severity_number >= 13 and epoch_ns(l."time") >= $since_ns
        and @says cut_answer (line: l.body)@
)
select s.trace_id from spans as s
where (s.http_response_status_code >= 500 or (s.kind = 2 and s.status_code = 2)) and epoch_ns(s.start_time) >= $since_ns
union
select a.trace_id from access as a
where
    (a.http_response_status_code >= 500 or (not a.completed and a.http_response_status_code between 200 and 399))
    and epoch_ns(a.start_time) >= $since_ns
union
select c.trace_id from cut as c where c.trace_id <> ''
union
select a.trace_id
from cut as c
join access as a
    on c.service_name = a.service_name and c.process_pid = a.process_pid and c.connection_id = a.connection_id
    and epoch_ns(c."time") between epoch_ns(a.start_time) - 1000000000 and epoch_ns(a.start_time) + a.duration_ns + 1000000000
where c.trace_id = '' and c.connection_id <> ''
union
select v.trace_id from verdicts as v where epoch_ns(v.ended_at) >= $since_ns
order by trace_id
