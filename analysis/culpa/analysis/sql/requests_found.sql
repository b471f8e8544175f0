-- Which requests, failed or not, are like this? By path or route, text of an exception, or how long they took.
-- params: text varchar ('': all), service varchar ('': all), least_ns bigint (that took at least so long), since_ns bigint,
--         until_ns bigint (0: all), ended_since_ns bigint (of those that ended since then), cut boolean (only answers that were not sent to their end), max_rows bigint
-- columns: trace_id, span_id, ended_ns (ns since 1970), duration_ns, service_name, method, route, path, status, completed,
--          why ('path', 'exception'); the newest first
with longest as (
    -- What ended since then cannot have begun earlier: times alone are read of all others.
    select greatest(
        coalesce((select max(s.duration_ns) from spans as s), 0), coalesce((select max(a.duration_ns) from access as a), 0)
    ) as duration_ns
),
timed as (
    select
        s.trace_id, s.span_id, epoch_ns(s.start_time) + s.duration_ns as ended_ns, s.duration_ns, s.service_name,
        s.http_request_method as method, s.http_route as route, s.url_path as path, s.http_response_status_code as status,
        true as completed, s.span_name as name
    from spans as s
    where s.kind = 2 and not $cut
        and ($since_ns = 0 or s.start_time >= make_timestamp_ns($since_ns)) and ($until_ns = 0 or s.start_time < make_timestamp_ns($until_ns))
        and ($service = '' or s.service_name = $service) and s.duration_ns >= $least_ns
        and ($ended_since_ns = 0 or epoch_ns(s.start_time) + s.duration_ns >= $ended_since_ns)
        and ($ended_since_ns = 0 or s.start_time >= (select make_timestamp_ns(greatest(0, $ended_since_ns - l.duration_ns)) from longest as l))
    union all
    select
        a.trace_id, a.span_id, epoch_ns(a.start_time) + a.duration_ns as ended_ns, a.duration_ns, a.service_name,
        a.http_request_method as method, '' as route, a.url_path as path, a.http_response_status_code as status, a.completed, '' as name
    from access as a
    where ($since_ns = 0 or a.start_time >= make_timestamp_ns($since_ns)) and ($until_ns = 0 or a.start_time < make_timestamp_ns($until_ns))
        and ($service = '' or a.service_name = $service) and a.duration_ns >= $least_ns and (not $cut or not a.completed)
        and ($ended_since_ns = 0 or epoch_ns(a.start_time) + a.duration_ns >= $ended_since_ns)
        and ($ended_since_ns = 0 or a.start_time >= (select make_timestamp_ns(greatest(0, $ended_since_ns - l.duration_ns)) from longest as l))
),
raised as (
    select e.trace_id
    from exceptions as e
    where $text <> '' and (
        contains(lower(e.type), lower($text)) or contains(lower(e.message), lower($text)) or contains(lower(e.origin_type), lower($text))
        or contains(lower(e.origin_message), lower($text))
    )
    group by e.trace_id
    limit 10000
),
found as (
    select
        t.* exclude (name),
        case when $text = '' then '' when (contains(lower(t.route), lower($text)) or contains(lower(t.name), lower($text)) or contains(lower(t.path), lower($text))) then 'path' else 'exception' end as why
    from timed as t
    where $text = '' or (contains(lower(t.route), lower($text)) or contains(lower(t.name), lower($text)) or contains(lower(t.path), lower($text)))
        or t.trace_id in (select r.trace_id from raised as r)
    -- A trace has several requests: so many times more are enough to fill the list.
    order by case when $least_ns > 0 then t.duration_ns else 0 end desc, t.ended_ns desc, t.trace_id
    limit 20 * $max_rows
)
select f.*
from found as f
qualify row_number() over (partition by f.trace_id order by f.duration_ns desc, f.ended_ns) = 1
order by case when $least_ns > 0 then f.duration_ns else 0 end desc, f.ended_ns desc, f.trace_id
limit $max_rows
