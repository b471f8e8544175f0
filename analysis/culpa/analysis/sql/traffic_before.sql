-- Which places had traffic before a point in time, so that a problem of theirs could have appeared then already?
-- needs: asked(place, change_ns), spans, access
-- params: since_ns bigint, until_ns bigint (bounds of what is looked at: all change_ns are inside)
-- columns: place (a route's template, else a path), change_ns
with began as (
    select s.http_route as place, epoch_ns(s.start_time) as start_ns
    from spans as s
    where s.kind = 2 and s.http_route <> '' and s.start_time between make_timestamp_ns($since_ns) and make_timestamp_ns($until_ns)
        and s.http_route in (select q.place from asked as q)
    union all
    select a.url_path as place, epoch_ns(a.start_time) as start_ns
    from access as a
    where a.start_time between make_timestamp_ns($since_ns) and make_timestamp_ns($until_ns)
        and a.url_path in (select q.place from asked as q)
),
earliest as (
    select b.place, min(b.start_ns) as start_ns from began as b group by b.place
)
select distinct q.place, q.change_ns
from asked as q
join earliest as e on q.place = e.place
where e.start_ns < q.change_ns
