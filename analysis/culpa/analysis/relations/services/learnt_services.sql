-- Which service answers at an address that a web server forwards to, learnt from requests of that day that it passed on.
-- one row per: upstream_address
-- idle without: asked_addresses
-- columns:
--   upstream_address varchar: the address
--   service varchar: component name
--   requests bigint: how many went well and were looked at
--   coverage double: 0..1, the share of them that the service sent a span of
--   offset_ns bigint: how much its clock is ahead of the web server's, at most; the least of the requests
with lately as (
    -- Of a large store some seconds are read, just before the failures; hours only for an address with little traffic.
    select a.upstream_address, a.trace_id, a.span_id, a.start_time, a.http_response_status_code < 500 as is_well
    from access as a
    semi join asked_addresses as q on a.upstream_address = q.last_upstream
    where
        a.start_time >= (select min(q.from_time) from asked_addresses as q) and a.start_time <= (select max(q.to_time) from asked_addresses as q)
        and a.start_time >= make_timestamp_ns($since_ns)
        and ($since_ns = 0 or a.start_time < make_timestamp_ns($since_ns) + interval 20 second)
        and a.http_response_status_code between 200 and 599
),
seldom as (
    select q.last_upstream
    from asked_addresses as q
    left join lately as l on q.last_upstream = l.upstream_address and l.is_well
    where $since_ns > 0
    group by q.last_upstream
    having count(l.trace_id) < 10
),
earlier as (
    select a.upstream_address, a.trace_id, a.span_id, a.start_time, a.http_response_status_code < 500 as is_well
    from access as a
    semi join seldom as q on a.upstream_address = q.last_upstream
    where
        a.start_time >= (select min(q.from_time) from asked_addresses as q) and a.start_time < make_timestamp_ns($since_ns)
        and a.http_response_status_code between 200 and 599
    -- The newest lines are enough, however many there are in those hours.
    order by a.start_time desc
    limit 2000
),
picked as (
    select p.*
    from (select l.*, true as is_late from lately as l union all select e.*, false as is_late from earlier as e) as p
    qualify row_number() over (partition by p.upstream_address, p.is_well order by p.start_time desc) <= 50
),
heard as (
    select p.upstream_address, p.trace_id, p.span_id, p.is_well, p.start_time as asked_at, s.start_time, s.service_name, s.resource_id
    from picked as p
    join spans as s on p.trace_id = s.trace_id and p.span_id = s.parent_span_id
    where p.is_late and s.kind = 2 and s.service_name <> '' and s.start_time >= make_timestamp_ns($since_ns)
    union all
    select p.upstream_address, p.trace_id, p.span_id, p.is_well, p.start_time as asked_at, s.start_time, s.service_name, s.resource_id
    from picked as p
    join spans as s on p.trace_id = s.trace_id and p.span_id = s.parent_span_id
    where
        not p.is_late and s.kind = 2 and s.service_name <> ''
        -- Clocks differ, by hours at worst.
        and s.start_time >= make_timestamp_ns($since_ns) - interval 12 hour
),
answered as (
    select
        h.upstream_address, h.trace_id, h.span_id, h.is_well,
        name_service(coalesce(r.service_namespace, ''), h.service_name) as service, h.start_time,
        epoch_ns(h.start_time) - epoch_ns(h.asked_at) as delay_ns
    from heard as h
    left join resources as r on h.resource_id = r.resource_id
),
counted as (
    select p.upstream_address, count(*) filter (where p.is_well) as requests
    from picked as p
    group by p.upstream_address
)
select
    a.upstream_address, max_by(a.service, a.start_time) as service, any_value(c.requests) as requests,
    count(distinct a.trace_id || a.span_id) filter (where a.is_well) / greatest(any_value(c.requests), 1) as coverage,
    -- Unknown (none went well) shows as requests = 0.
    coalesce(min(a.delay_ns) filter (where a.is_well), 0) as offset_ns
from answered as a
join counted as c on a.upstream_address = c.upstream_address
group by a.upstream_address
