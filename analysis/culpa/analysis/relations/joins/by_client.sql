-- The line tells the client, and only one of its requests failed then.
-- Apache's own formats have nothing in common but who asked, and when; if only one request fits, it is that.
-- grain: one row per log_id
-- surety: 0.7
-- idle without: nameless_lines, failed_lines
select l.log_id, f.trace_id, f.span_id as request_span_id, 'request' as joined_by, 0.7 as surety
from nameless_lines as l
join failed_lines as f on l.service_name = f.service_name and l.told_client = f.client_address
where
    f.format = 'apache_combined' and l.told_client <> '' and l.url_path = '' and l.severity_number >= 13
    and l.at_ns between f.from_ns and f.to_ns
qualify count(*) over (partition by l.log_id) = 1
