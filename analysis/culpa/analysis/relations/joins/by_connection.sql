-- The line names the connection that the request came on, to the same process.
-- One connection serves many requests, and the error log has whole seconds: the request line decides too.
-- one row per: log_id
-- surety: 0.95
-- idle without: nameless_lines
-- columns:
--   log_id, trace_id, request_span_id, joined_by varchar, surety double: as in joined_logs
select l.log_id, a.trace_id, a.span_id as request_span_id, 'connection' as joined_by, 0.95::double as surety
from nameless_lines as l
join scoped_access as a
    on l.process_pid = a.process_pid and l.connection_id = a.connection_id and l.service_name = a.service_name
where
    l.connection_id <> ''
    -- An access log that keeps no time still has the connection.
    and (a.start_ns <= 0 or l.at_ns between a.start_ns - 1000000000 and a.end_ns + 1000000000)
    and (l.http_request_method = '' or a.http_request_method = '' or l.http_request_method = a.http_request_method)
    and (l.url_path = '' or a.url_path = '' or l.url_path = a.url_path)
qualify row_number() over (partition by l.log_id order by abs(l.at_ns - a.end_ns)) = 1
