-- How many requests came to these places, failed or not?
-- params: routes varchar[], paths varchar[] (that are no routes); since_ns bigint, until_ns bigint (ns since 1970)
-- columns: service, place, is_route; minutes (of each minute with requests its number since 1970, and how many)
with served as (
    select
        s.service_name as service, s.http_route as place, true as is_route,
        floor((epoch_ns(s.start_time) + s.duration_ns) / 60000000000)::bigint as minute
    from spans as s
    where s.kind = 2 and s.start_time >= make_timestamp_ns($since_ns) and s.start_time < make_timestamp_ns($until_ns)
        and list_contains($routes, s.http_route)
    union all
    select
        a.service_name as service, a.url_path as place, false as is_route,
        floor((epoch_ns(a.start_time) + a.duration_ns) / 60000000000)::bigint as minute
    from access as a
    where a.start_time >= make_timestamp_ns($since_ns) and a.start_time < make_timestamp_ns($until_ns)
        and list_contains($paths, a.url_path)
),
counted as (
    select s.service, s.place, s.is_route, s.minute, count(*) as requests from served as s group by all
)
select c.service, c.place, c.is_route, list({'minute': c.minute, 'n': c.requests} order by c.minute) as minutes
from counted as c
group by c.service, c.place, c.is_route
