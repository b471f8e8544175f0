-- The same thread wrote a line of the request just after this one.
-- Apache says whom it could not reach before it says for whom; a thread does one thing at a time.
-- one row per: log_id
-- surety: 0.9 after a line that names trace or request, or that tells of it itself, 0.7 after one that only the client joins
-- idle without: nameless_lines
-- columns:
--   log_id, trace_id, request_span_id, joined_by varchar, surety double: as in joined_logs
with joined as (
    select * from by_trace
    union all by name
    select * from by_request_id
    union all by name
    select * from by_client
    union all by name
    select * from by_own_line
    union all by name
    -- An app's thread that tells the request at last told before what went wrong.
    select * from by_request_line
    union all by name
    select * from by_exclusion
),
named as (
    select
        l.log_id, l.service_name, l.format, l.process_pid, l.thread_id, l.at_ns, j.trace_id, j.request_span_id, least(j.surety, 0.9::double) as surety
    from joined as j
    join near_lines as l on j.log_id = l.log_id and l.known_trace_id in ('', j.trace_id)
    where l.format not in @formats sent@ and l.thread_id <> ''
)
select l.log_id, k.trace_id, k.request_span_id, 'connection' as joined_by, k.surety
from nameless_lines as l
join named as k
    on l.service_name = k.service_name and l.format = k.format and l.process_pid = k.process_pid and l.thread_id = k.thread_id
where
    l.thread_id <> '' and l.connection_id = '' and l.severity_number >= 13 and k.at_ns between l.at_ns and l.at_ns + 50000000
    and l.log_id <> k.log_id
qualify row_number() over (partition by l.log_id order by k.at_ns - l.at_ns) = 1
