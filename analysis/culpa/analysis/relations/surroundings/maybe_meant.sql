-- Failed requests of which a line that names none may speak: all of that time, those too that are not to be judged now.
-- What two servers in a row tell of the same request is one.
-- one row per: trace_id, from_ns
-- columns:
--   trace_id varchar: of the request
--   same varchar: what rows that may be of one request have in common
--   from_ns, to_ns bigint: when it may have been under way, ns since 1970, with a second to spare
--   late_ns bigint: until when it may have been, where its line may bear the begin, else 0 or its end
with answered as (
    select
        a.*,
        regexp_extract(a.url_path, '(/[^/]*)?/[^/]*$') || ' ' || a.http_response_status_code || ' ' || row_number() over (
            partition by a.service_name, a.url_path, a.http_response_status_code, date_trunc('minute', a.start_time) order by a.start_time, a.access_id
        ) as same
    from access as a
    where
        (a.http_response_status_code >= 500 or not a.completed)
        and (a.start_time >= make_timestamp_ns($since_ns) - interval 2 minute or a.start_time <= make_timestamp_ns(0))
)
select
    a.trace_id, any_value(a.same) as same, epoch_ns(a.start_time) - 1000000000 as from_ns,
    -- Of some only the begin is known.
    max(epoch_ns(a.start_time) + a.duration_ns + case when a.duration_ns = 0 and a.format in @formats begins@ then 5000000000 else 1000000000 end)
        as to_ns,
    -- Apache writes the begin, nginx the end: of a line that either may have written nobody knows which it is.
    max(epoch_ns(a.start_time) + case when a.duration_ns = 0 and a.format in @formats shared@ then 60000000000 else 0 end) as late_ns
from answered as a
group by a.trace_id, a.start_time
union all
select f.trace_id, f.trace_id as same, f.start_ns - 1000000000 as from_ns, f.end_ns + 1000000000 as to_ns, 0 as late_ns
from failed_lines as f
semi join told_requests as t on f.trace_id = t.trace_id and f.span_id = t.span_id
