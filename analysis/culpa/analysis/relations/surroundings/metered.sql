-- Whether any metric came from around the time of the failed requests.
-- one row, or none
-- columns:
--   name varchar: of any such metric
select m.name
from metric_points as m
where
    m."time" >= (select make_timestamp_ns(min(r.start_ns) - 120000000000) from requests as r where r.start_ns > 0)
    and m."time" <= (select make_timestamp_ns(max(r.end_ns) + 120000000000) from requests as r)
limit 1
