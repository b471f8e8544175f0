-- Which service answers at a strange address, as far as other requests that the same web server passed on tell?
-- one row per: trace_id, span_id
-- idle without: strange_addresses
-- columns:
--   trace_id, span_id varchar: of the access line
--   service varchar: component name
with lines as (
    -- Some hours where all is judged, one hour where little of a large store is to be read.
    select
        a.trace_id, a.span_id, a.start_time, a.service_name, a.server_address, a.server_port, a.handler,
        attr(a.attr_keys, a.attr_vals, 'apache.passed_on_to') as passed_on_to,
        path_shape(a.url_path) as shape
    from access as a
    semi join strange_addresses as u
        on a.service_name = u.service_name and a.start_time between u.start_time - interval 6 hour and u.start_time + interval 1 minute
    where a.start_time >= make_timestamp_ns($since_ns) - interval 1 hour and a.http_response_status_code between 200 and 499
    order by a.start_time desc
    limit 5000
),
picked as (
    select l.*
    from lines as l
    qualify row_number() over (partition by l.service_name, l.server_address, l.server_port, l.handler, l.passed_on_to, l.shape order by l.start_time desc) <= 5
),
answered as (
    select
        p.service_name as web_server, p.server_address, p.server_port, p.handler, p.passed_on_to, p.shape,
        name_service(coalesce(r.service_namespace, ''), s.service_name) as service,
        s.server_address || ':' || s.server_port as asked_for, s.server_address as asked_address, s.server_port as asked_port
    from picked as p
    join spans as s on p.trace_id = s.trace_id and p.span_id = s.parent_span_id
    left join resources as r on s.resource_id = r.resource_id
    -- Clocks differ, by hours at worst.
    where s.kind = 2 and s.service_name <> '' and s.start_time >= make_timestamp_ns($since_ns) - interval 2 hour
),
guesses as (
    -- Another web server names it in each line of its access log.
    select u.trace_id, u.span_id, k.service, 0 as nth
    from strange_addresses as u
    join learnt_services as k on u.address = k.upstream_address
    union all
    -- A proxy that keeps no Host of the client asks for the address itself.
    select u.trace_id, u.span_id, a.service, 1 as nth
    from strange_addresses as u
    join answered as a on u.service_name = a.web_server and u.address = a.asked_for
    union all
    -- Apache's line tells the address of its configuration, or the handler the socket.
    select u.trace_id, u.span_id, a.service, 2 as nth
    from strange_addresses as u
    join answered as a on u.service_name = a.web_server and u.handler = a.handler and u.passed_on_to = a.passed_on_to
    where
        starts_with(u.handler, 'proxy:')
        -- Of a socket, as of a group of servers, it is only a name.
        or (u.passed_on_to <> '' and not starts_with(u.passed_on_to, 'balancer:') and not starts_with(u.address, 'unix:'))
    union all
    -- The same site sends the same path to the same place, unless the service itself was asked for by another address.
    select u.trace_id, u.span_id, a.service, 3 as nth
    from strange_addresses as u
    join answered as a
        on u.service_name = a.web_server and u.server_address = a.server_address and u.server_port = a.server_port and u.shape = a.shape
    where
        u.passed_on_to = a.passed_on_to
        and (
            a.asked_port in (0, 80, 443, u.server_port) or a.asked_address = u.server_address
            or not regexp_matches(u.address, ':[0-9]+$') or ends_with(u.address, ':' || a.asked_port)
        )
),
shared as (
    select g.* from guesses as g
    union all
    -- What is known of the address by one of the requests is known of it by all.
    select u.trace_id, u.span_id, g.service, 4 as nth
    from guesses as g
    join strange_addresses as k on g.trace_id = k.trace_id and g.span_id = k.span_id
    join strange_addresses as u on k.service_name = u.service_name and k.address = u.address and k.address <> ''
)
-- Where several answer, nobody knows which of them was meant.
select g.trace_id, g.span_id, min(g.service) as service
from shared as g
group by g.trace_id, g.span_id, g.nth
having count(distinct g.service) = 1
qualify row_number() over (partition by g.trace_id, g.span_id order by g.nth) = 1
