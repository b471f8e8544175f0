-- The line names the address that the request was passed on to, and says of it what was answered, in the same second or two.
-- A gateway that says whom it could not reach without saying for whom; of requests that fared alike any may be meant. Where a
-- certificate was the reason, it may not even say whom.
-- one row per: log_id, trace_id, request_span_id
-- surety: 0.8
-- idle without: nameless_lines, failed_lines, scoped_access
-- columns:
--   log_id, trace_id, request_span_id, joined_by varchar, surety double: as in joined_logs
select l.log_id, f.trace_id, f.span_id as request_span_id, 'request' as joined_by, 0.8::double as surety
from failed_lines as f
join scoped_access as a on f.trace_id = a.trace_id and f.span_id = a.span_id
-- What asks somebody else first passes nothing on where that fails.
join nameless_lines as l
    on f.service_name = l.service_name
    and (
        (l.upstream_address <> '' and a.last_upstream in (passed_on_host(l.upstream_address), ''))
        or (l.upstream_address = '' and l.event_name = 'request.failed' and l.format in @formats errors@ and a.last_upstream <> '')
    )
where
    l.url_path = '' and l.told_status = f.status::varchar
    and (l.at_ns <= 0 or f.start_ns <= 0 or l.at_ns between f.from_ns and f.end_ns + 2000000000)
qualify row_number() over (partition by f.trace_id, f.span_id order by abs(l.at_ns - f.end_ns), l.log_id) = 1
