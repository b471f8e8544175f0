-- Which traces may hold a failed request? Oldest first: what a problem first appeared after is known only in that order.
-- needs: spans, exceptions, access
-- columns: trace_id
with suspected as (
    select s.trace_id, s.start_time from spans as s where s.http_response_status_code >= 500 or (s.kind = 2 and s.status_code = 2)
    union all
    select a.trace_id, a.start_time from access as a
    where a.http_response_status_code >= 500 or (not a.completed and a.http_response_status_code between 200 and 399)
)
select x.trace_id
from suspected as x
group by x.trace_id
order by min(x.start_time), x.trace_id
