-- The line tells the request line: path, method and status where it has them, and the time fits.
-- The app behind may see a path without the prefix that the web server took off.
-- one row per: log_id
-- surety: 0.97; 0.9 where several requests look alike
-- idle without: nameless_lines, failed_lines
-- columns:
--   log_id, trace_id, request_span_id, joined_by varchar, surety double: as in joined_logs
select l.log_id, f.trace_id, f.span_id as request_span_id, 'request' as joined_by, case when count(*) over (partition by l.log_id) = 1 then 0.97 else 0.9 end::double as surety
from nameless_lines as l
join failed_lines as f on l.last_part = f.last_part and ends_with(f.url_path, l.url_path)
where
    l.url_path <> ''
    -- A web server's own line knows the connection, which an access log of the common formats does not.
    and (l.connection_id = '' or (f.connection_id = '' and l.service_name = f.service_name))
    and (l.http_request_method = '' or f.method = '' or l.http_request_method = f.method)
    and (l.at_ns <= 0 or f.start_ns <= 0 or l.at_ns between f.from_ns and f.to_ns)
    and l.told_status in ('', '0', f.status::varchar)
qualify row_number() over (
    partition by l.log_id
    -- Lines without a time that look alike are of requests that look alike, one each.
    order by length(f.url_path), case when l.at_ns <= 0 then abs(l.nth - f.nth) else abs(l.at_ns - f.end_ns) end
) = 1
