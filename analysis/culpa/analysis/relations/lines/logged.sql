-- Whether any log line may belong to a failed request.
-- one row, or none
-- columns:
--   log_id varchar: of any such line
select l.log_id
from logs as l
where l."time" >= make_timestamp_ns($since_ns) - interval 2 hour or l."time" <= make_timestamp_ns(0)
limit 1
