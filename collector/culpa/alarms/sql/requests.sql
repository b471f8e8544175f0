-- How many requests came to these places, failed or not?
-- params: routes varchar[], paths varchar[] (that are no routes); since_ns bigint, until_ns bigint (ns since 1970)
-- columns: service, place, is_route; minutes (of each minute with requests its number since 1970, how many `n`, and `kept`, of how many
--          that is told: where spans were sampled `n` is an estimate)
with served as (
    select
        s.service_name as service, s.http_route as place, true as is_route,
        floor((epoch_ns(s.start_time) + s.duration_ns) / 60000000000)::bigint as minute,
        sampling_weight(s.sampled_one_in) as weight
    from spans as s
    where s.kind = 2 and s.start_time >= make_timestamp_ns($since_ns) and s.start_time < make_timestamp_ns($until_ns)
        and list_contains($routes, s.http_route)
    union all
    select
        a.service_name as service, a.url_path as place, false as is_route,
        floor((epoch_ns(a.start_time) + a.duration_ns) / 60000000000)::bigint as minute,
        1.0 as weight
    from access as a
    where a.start_time >= make_timestamp_ns($since_ns) and a.start_time < make_timestamp_ns($until_ns)
        and list_contains($paths, a.url_path)
),
counted as (
    select s.service, s.place, s.is_route, s.minute, sum(s.weight) as requests, count(*) as kept from served as s group by all
)
select c.service, c.place, c.is_route, list({'minute': c.minute, 'n': c.requests, 'kept': c.kept} order by c.minute) as minutes
from counted as c
group by c.service, c.place, c.is_route
