-- How many requests were there, failed or not? A trace is one, however many services served a part of it.
-- params: service varchar (had a part), route varchar (of a route or path), release varchar (a service.version of whoever served a
--         part), since_ns bigint, until_ns bigint (until is no longer in it); '' and 0: all
-- columns: requests
with served as (
    select s.trace_id, s.span_id
    from spans as s
    where
        s.kind = 2
        and ($since_ns = 0 or s.start_time >= make_timestamp_ns($since_ns)) and ($until_ns = 0 or s.start_time < make_timestamp_ns($until_ns))
        and ($service = '' or s.service_name = $service)
        and ($route = '' or s.http_route = $route or s.url_path = $route)
        and (
            $release = ''
            or s.resource_id in (select r.resource_id from resources as r where r.service_version = $release)
        )
    union all
    select a.trace_id, a.span_id
    from access as a
    where
        $release = ''
        and ($since_ns = 0 or a.start_time >= make_timestamp_ns($since_ns)) and ($until_ns = 0 or a.start_time < make_timestamp_ns($until_ns))
        and ($service = '' or a.service_name = $service)
        and ($route = '' or a.url_path = $route)
)
select count(distinct case when s.trace_id <> '' then s.trace_id else s.span_id end) as requests
from served as s
