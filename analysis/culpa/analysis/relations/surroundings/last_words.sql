-- What a process said last before it ended of itself, where its platform tells of the end.
-- An error that names a request is that request's, and what was said long before is another matter.
-- one row per: log_id
-- columns:
--   log_id varchar: the record
with ends as (
    select e.log_id, e.service_name, e."time" as ended_at
    from logs as e
    where
        e.event_name = 'server.crashed' and e.format in @formats sees_ends@ and e.service_name <> ''
        and e."time" >= make_timestamp_ns($since_ns) - interval 2 hour
)
select distinct l.log_id
from ends as e
join logs as l
    on e.service_name = l.service_name and l."time" between e.ended_at - interval 10 second and e.ended_at
where
    l.severity_number >= 17 and l.event_name = '' and l.trace_id = '' and l.request_id = '' and l.url_path = ''
    and l."time" >= make_timestamp_ns($since_ns) - interval 2 hour - interval 10 second
qualify row_number() over (partition by e.log_id order by l."time" desc, l.log_id) = 1
