-- Lines of the wanted traces that may be all that tells of a failed request: most stores have none.
-- one row per: log_id
-- columns:
--   log_id varchar: a line of an app's own server, or of a web server's error log
select l.log_id
from logs as l
semi join wanted as w on case when l.trace_id <> '' then l.trace_id else md5(l.log_id) end = w.trace_id
where
    (l."time" >= make_timestamp_ns($since_ns) - interval 2 minute or l."time" <= make_timestamp_ns(0))
    and (
        l.event_name = 'request.failed' or (l.format in @formats errors@ and l.severity_number >= 13)
        or (l.event_name in ('memory.exhausted', 'script.timeout') and l.severity_number >= 21)
    )
