-- In which minutes a metric may tell of each failed request: from a minute and a half before it (a usual export interval is a minute)
-- to its end, an hour at most: what was measured later tells nothing of why it failed.
-- one row per: trace_id, request_span_id
-- idle without: requests
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   from_minute, to_minute bigint: the first and the last of them, since 1970
--   to_ns bigint: a second after its end, as clocks differ a little, ns since 1970
select
    r.trace_id, r.request_span_id, (r.start_ns - 90000000000) // 60000000000 as from_minute,
    least((r.end_ns + 1000000000) // 60000000000, (r.start_ns - 90000000000) // 60000000000 + 60) as to_minute,
    r.end_ns + 1000000000 as to_ns
from requests as r
where r.start_ns > 0
