-- The line tells the client, whose request had begun when it was written.
-- Where the two logs have nothing in common but who asked, and when: of several that fit, it is the one that began last.
-- one row per: log_id
-- surety: 0.9; 0.5 where several of the client's requests fit
-- idle without: nameless_lines, failed_lines
-- columns:
--   log_id, trace_id, request_span_id, joined_by varchar, surety double: as in joined_logs
select
    l.log_id, f.trace_id, f.span_id as request_span_id, 'request' as joined_by,
    case when count(*) over (partition by l.log_id) = 1 then 0.9 else 0.5 end::double as surety
from nameless_lines as l
join failed_lines as f on l.service_name = f.service_name and l.told_client = f.client_address
where
    (f.format in @formats only_client@ or l.format in @formats only_client@) and l.told_client <> '' and l.url_path = '' and l.severity_number >= 13
    -- Longer than a minute it waits only for what is then said to have timed out.
    and l.at_ns between f.from_ns and case when regexp_matches(l.body, '(?i)time(d|-)? ?out|timeout') then f.to_ns else least(f.to_ns, f.end_ns + 60000000000) end
qualify row_number() over (partition by l.log_id order by f.start_ns desc, f.span_id) = 1
