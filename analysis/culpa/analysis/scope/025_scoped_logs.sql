-- Log records of the wanted traces, and server-log lines that name no trace but belong to one of their requests.
-- needs: wanted(trace_id), logs, scoped_access
-- columns: as in logs (trace_id filled in), and request_span_id (of the access line it was joined to, '' if it came with
--   its own trace), joined_by ('trace', 'connection'); each record once
with by_trace as (
    select l.*, '' as request_span_id, 'trace' as joined_by
    from logs as l
    semi join wanted as w on l.trace_id = w.trace_id
),
by_connection as (
    -- One connection serves many requests, and the error log has whole seconds: the request line decides too.
    select
        l.* replace (a.trace_id as trace_id),
        a.span_id as request_span_id,
        'connection' as joined_by
    from logs as l
    join scoped_access as a
        on l.process_pid = a.process_pid and l.connection_id = a.connection_id and l.service_name = a.service_name
    where
        l.trace_id = '' and l.connection_id <> ''
        -- An access log that keeps no time still has the connection.
        and (a.start_ns <= 0 or epoch_ns(l."time") between a.start_ns - 1000000000 and a.end_ns + 1000000000)
        and (l.http_request_method = '' or a.http_request_method = '' or l.http_request_method = a.http_request_method)
        and (l.url_path = '' or a.url_path = '' or l.url_path = a.url_path)
    qualify row_number() over (partition by l.log_id order by abs(epoch_ns(l."time") - a.end_ns)) = 1
)
select * from by_trace
qualify row_number() over (partition by trace_id, log_id order by "time") = 1
union all
select * from by_connection
