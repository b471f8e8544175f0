-- The web server's line names nobody, and only one of its requests failed about then.
-- Some modules speak of whom they call, of a database or a script, and not for whom.
-- one row per: log_id
-- surety: 0.6
-- idle without: nameless_lines, failed_lines
-- columns:
--   log_id, trace_id, request_span_id, joined_by varchar, surety double: as in joined_logs
select l.log_id, f.trace_id, f.span_id as request_span_id, 'request' as joined_by, 0.6::double as surety
from nameless_lines as l
join failed_lines as f on l.service_name = f.service_name
where
    -- A log with more in it than that would tell whose the line is.
    f.format in @formats only_client@ and l.format in @formats errors@ and l.told_client = '' and l.url_path = '' and l.connection_id = '' and l.request_id = ''
    and l.event_name = '' and l.severity_number >= 13 and l.at_ns > 0
    and l.at_ns between f.start_ns - 1000000000 and f.end_ns + 2000000000
qualify count(*) over (partition by l.log_id) = 1
