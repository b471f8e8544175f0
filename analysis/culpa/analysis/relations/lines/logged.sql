-- Whether any log line may belong to a failed request.
-- columns: log_id (of any such line; no row if there is none)
select l.log_id
from logs as l
where l."time" >= make_timestamp_ns($since_ns) - interval 2 hour or l."time" <= make_timestamp_ns(0)
limit 1
