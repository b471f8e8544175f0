-- Lines near a failed request that name neither a trace nor a server's id of a request: all else must say whose they are.
-- one row per: log_id
-- idle without: near_lines
-- columns:
--   as in near_lines
--   nth bigint: which one of those that look alike, from 1
select
    l.*, row_number() over (partition by l.url_path, l.http_request_method, l.told_status, l.event_name order by l.log_id) as nth
from near_lines as l
where l.known_trace_id = '' and not l.is_identified
