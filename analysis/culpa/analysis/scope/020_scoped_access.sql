-- Every access-log line of the wanted traces once.
-- needs: wanted(trace_id), access
-- columns: as in access, and start_ns, end_ns; status; attempts_status (of the last upstream attempt, 0 if none);
--   last_upstream (address of the last attempt, '' if none)
select
    a.*,
    epoch_ns(a.start_time) as start_ns,
    epoch_ns(a.start_time) + a.duration_ns as end_ns,
    coalesce(try_cast(regexp_extract(a.upstream_status, '([0-9]{3})[^0-9]*$', 1) as integer), 0) as last_upstream_status,
    regexp_extract(a.upstream_address, '([^ ,]+)$', 1) as last_upstream
from access as a
semi join wanted as w on a.trace_id = w.trace_id
qualify row_number() over (partition by a.trace_id, a.span_id order by a.start_time) = 1
