-- Failed requests that no access line and no span tells of, but a line of another log: of the app's own server, or of a web server's
-- error log. Of several lines that may tell of the same one, the web server's counts, then one that tells the answer.
-- one row per: log_id
-- idle without: unrecorded
-- columns:
--   log_id varchar: the line
--   trace_id, span_id varchar: of the request: what the line names, else made of it
--   format, service_name varchar: as in logs; no service where only the format names it
--   at_ns, duration_ns bigint: when it was answered, ns since 1970 (0 if nobody knows), and how long that took
--   status usmallint: what was answered, as far as the line tells, else 0
--   method, url_path, client_address, upstream_address, connection_id, request_id varchar, process_pid bigint: '' and 0 if not known
with answered as (
    select a.* from tellers as a where a.is_of_server or a.url_path <> ''
),
-- A line that names no path may be of any request that something else tells of: it counts only where nothing does, within ten minutes.
nameless as (
    select
        a.*, e.log_id is not null as has_exception, a.at_ns - a.at_ns % 600000000000 as part_ns,
        -- Which of several lines says most of what went wrong.
        case when e.log_id is not null then 2 when a.told_status > 0 then 1 else 0 end as tells
    from unrecorded as a
    left join (select distinct x.log_id from exceptions as x) as e on a.log_id = e.log_id
    where not a.is_of_server and a.url_path = ''
),
elsewhere as (
    select epoch_ns(a.start_time) as at_ns, a.trace_id from access as a
    where a.start_time >= make_timestamp_ns($since_ns) - interval 10 minute or a.start_time <= make_timestamp_ns(0)
    union all
    select epoch_ns(s.start_time) as at_ns, s.trace_id from spans as s
    where s.kind = 2 and (s.start_time >= make_timestamp_ns($since_ns) - interval 10 minute or s.start_time <= make_timestamp_ns(0))
    union all
    select o.at_ns, o.trace_id from answered as o
),
near_parts as (
    select distinct unnest([p.part_ns - 600000000000, p.part_ns, p.part_ns + 600000000000]) as part_ns
    from (select e.at_ns - e.at_ns % 600000000000 as part_ns from elsewhere as e) as p
),
only_tellers as (
    select n.* from nameless as n
    anti join near_parts as p on n.part_ns = p.part_ns
    anti join elsewhere as k on n.trace_id = k.trace_id
    cross join (select count(*) as requests, coalesce(min(e.at_ns), 1) as first_ns from elsewhere as e) as f
    where f.requests = 0 or (n.at_ns > 0 and f.first_ns > 0)
),
-- Lines of one failure that follow on each other: one with an exception tells of it, else one with the answer.
said_again as (
    select n.log_id
    from only_tellers as n
    join only_tellers as o on n.log_id <> o.log_id and (n.part_ns = o.part_ns or n.at_ns <= 0 or o.at_ns <= 0)
    where
        (n.at_ns <= 0 or o.at_ns <= 0 or abs(n.at_ns - o.at_ns) <= 5000000000)
        and (o.tells > n.tells or (n.tells = 0 and o.tells = 0 and (o.at_ns, o.log_id) < (n.at_ns, n.log_id)))
),
wished as (
    select a.* from unrecorded as a where a.is_of_server or a.url_path <> ''
),
-- Each once for the minute in which it falls, and for those beside it: of many lines of one path few are compared.
placed as (
    select w.*, unnest([w.at_ns - w.at_ns % 60000000000 - 60000000000, w.at_ns - w.at_ns % 60000000000, w.at_ns - w.at_ns % 60000000000 + 60000000000])
        as minute_ns
    from wished as w
    where w.at_ns > 0 and w.rank > 0
),
servers as (
    select
        s.url_path, s.http_request_method as method, s.http_response_status_code as status, regexp_extract(s.url_path, '[^/]*$') as last_part,
        epoch_ns(s.start_time) as start_ns, epoch_ns(s.start_time) + s.duration_ns as end_ns
    from spans as s
    where s.kind = 2 and s.url_path <> '' and (s.start_time >= make_timestamp_ns($since_ns) - interval 10 minute or s.start_time <= make_timestamp_ns(0))
),
traced as (
    select w.log_id
    from wished as w
    join spans as s on w.trace_id = s.trace_id
    union all
    select w.log_id
    from placed as w
    join servers as s on w.last_part = s.last_part and w.minute_ns = s.end_ns - s.end_ns % 60000000000
    where
        (ends_with(s.url_path, w.url_path) or ends_with(w.url_path, s.url_path)) and (w.method = '' or s.method in ('', w.method))
        and w.at_ns between s.start_ns - 2000000000 and s.end_ns + 5000000000
    union all
    select w.log_id
    from wished as w
    join servers as s on w.last_part = s.last_part
    where
        (w.at_ns <= 0 or w.is_of_server) and s.status >= 500 and (ends_with(s.url_path, w.url_path) or ends_with(w.url_path, s.url_path))
        and (w.at_ns <= 0 or w.at_ns between s.start_ns - 2000000000 and s.end_ns + 5000000000)
),
-- Another line of this kind tells of it, and better.
outranked as (
    select w.log_id
    from placed as w
    join answered as o on w.last_part = o.last_part and w.minute_ns = o.at_ns - o.at_ns % 60000000000
    where
        w.log_id <> o.log_id
        and (ends_with(o.url_path, w.url_path) or ends_with(w.url_path, o.url_path)) and (w.method = '' or o.method = '' or w.method = o.method)
        -- A web server may give up before the app does, and another attempt may follow on one that failed.
        and abs(w.at_ns - o.at_ns) <= o.duration_ns + case when o.is_of_server then 60000000000 else 5000000000 end
        and (o.rank < w.rank or (o.rank = w.rank and o.format < w.format and o.status = w.status and abs(w.at_ns - o.at_ns) <= 2000000000))
    union all
    select w.log_id
    from wished as w
    join answered as o on w.last_part = o.last_part and w.rank > o.rank
    where
        w.rank > 0 and (w.at_ns <= 0 or o.at_ns <= 0)
        and (ends_with(o.url_path, w.url_path) or ends_with(w.url_path, o.url_path)) and (w.method = '' or o.method = '' or w.method = o.method)
    union all
    -- The last attempt of several, and what comes last of one.
    select w.log_id
    from wished as w
    join answered as o on w.log_id <> o.log_id and w.format = o.format and w.service_name = o.service_name and w.conversation = o.conversation
    where
        w.is_of_server and w.conversation <> '' and w.process_pid = o.process_pid and w.url_path in (o.url_path, '') and w.method in (o.method, '')
        and o.at_ns - w.at_ns between 0 and 120000000000
        and (o.at_ns, o.url_path, o.log_id) > (w.at_ns, w.url_path, w.log_id)
    union all
    -- A platform tells the answer with each line that the app printed for the request.
    select w.log_id
    from wished as w
    join answered as o on w.log_id <> o.log_id and w.request_id = o.request_id and w.format = o.format and w.service_name = o.service_name
    where w.request_id <> '' and w.url_path = o.url_path and (o.rank, -o.at_ns, o.log_id) < (w.rank, -w.at_ns, w.log_id)
    union all
    select w.log_id
    from wished as w
    join answered as o on w.log_id <> o.log_id and w.trace_id = o.trace_id
    where (o.rank, -o.at_ns, o.log_id) < (w.rank, -w.at_ns, w.log_id)
)
select
    w.log_id, w.trace_id, left(md5(w.trace_id || '-request'), 16) as span_id, w.format, w.service_name, w.at_ns, w.duration_ns, w.status, w.method,
    w.url_path, w.client_address, w.upstream_address, w.connection_id, w.request_id, w.process_pid
from wished as w
anti join traced as t on w.log_id = t.log_id
anti join outranked as o on w.log_id = o.log_id
union all
select
    n.log_id, n.trace_id, left(md5(n.trace_id || '-request'), 16) as span_id, n.format, n.service_name, n.at_ns, n.duration_ns, n.status, n.method,
    n.url_path, n.client_address, n.upstream_address, n.connection_id, n.request_id, n.process_pid
from only_tellers as n
anti join said_again as a on n.log_id = a.log_id
