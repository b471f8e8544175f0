-- What listens where a bare socket could not connect, as shown by calls of the same service to that place that went well.
-- one row per: exception_id
-- idle without: bare_sockets
-- columns:
--   exception_id varchar: as in bare_sockets
--   system varchar: what was called: a system's name, or 'http'
--   kind_of_callee varchar: 'database', 'cache', 'queue' or 'upstream'
--   callee varchar: component name
with called as (
    select
        a.exception_id, s.db_system_name, s.server_address, s.server_port, s.db_namespace, s.url_full, s.start_time,
        case when s.db_system_name <> '' then s.db_system_name when s.messaging_system <> '' then s.messaging_system else 'http' end as system,
        s.server_address = a.host as is_same,
        -- Some clients call it well that they began to connect.
        s.status_code <> 2 and not regexp_matches(s.span_name, '(?i)connect$') as is_well
    from spans as s
    join bare_sockets as a
        on s.service_name = a.service_name and s.server_port = a.port and s.start_time between a.seen_at - interval 6 hour and a.seen_at
    where
        s.start_time >= make_timestamp_ns($since_ns) - interval 1 hour
        and s.kind in (3, 4)
        and (s.db_system_name <> '' or s.messaging_system <> '' or s.http_request_method <> '')
        -- The error of a socket tells the number that a name was resolved to.
        and (s.server_address = a.host or (regexp_matches(a.host, '^[0-9.]+$|:') and not regexp_matches(s.server_address, '^[0-9.]*$|:')))
),
counted as (
    select
        c.*, count(distinct c.system) over (partition by c.exception_id) as systems,
        row_number() over (partition by c.exception_id order by c.is_well desc, c.is_same desc, c.start_time desc) as nth
    from called as c
)
select
    c.exception_id, c.system,
    case
        when c.system in @systems cache@ then 'cache'
        when c.db_system_name <> '' then 'database'
        when c.system = 'http' then 'upstream'
        else 'queue'
    end as kind_of_callee,
    case
        when c.system = 'http' then name_address(case when starts_with(c.url_full, 'https:') then 'https' else 'http' end, c.server_address, c.server_port)
        else name_dependency(c.system, c.server_address, c.server_port, c.db_namespace)
    end as callee
from counted as c
-- A place that was called as two things is neither.
where c.nth = 1 and c.systems = 1 and c.is_well
