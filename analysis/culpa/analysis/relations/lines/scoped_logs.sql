-- The log records that belong to the requests: a start that failed only where the web server found nobody at work, and no start or
-- crash of a service that is known to be another one, nor any other stranger's output.
-- one row per: log_id, trace_id, request_span_id
-- idle without: joined_logs
-- columns:
--   as in joined_logs
with heard as (
    select l.trace_id, a.span_id as request_span_id, s.says
    from joined_logs as l
    join said as s on l.log_id = s.log_id
    join scoped_access as a on l.trace_id = a.trace_id and l.request_span_id in ('', a.span_id) and l.service_name = a.service_name
    union all
    select r.trace_id, r.span_id as request_span_id, r.says from reasons as r
),
named as (
    select
        s.trace_id, s.request_span_id,
        bool_or(s.says in ('refused', 'no_socket', 'no_upstream', 'no_target')) as is_refused,
        bool_or(s.says in ('reset', 'closed_early')) as is_lost,
        bool_or(s.says not in ('refused', 'no_socket', 'no_upstream', 'no_target', 'connect_timeout', 'reset', 'closed_early', 'nothing', 'other')) as is_otherwise
    from heard as s
    group by s.trace_id, s.request_span_id
),
forwarded as (
    select a.trace_id, a.span_id, a.last_upstream, a.upstream_connect_ns, a.start_ns, k.service as known_service
    from scoped_access as a
    join known_services as k on a.trace_id = k.trace_id and a.span_id = k.span_id
),
fitting as (
    select
        l.log_id, l.trace_id, a.span_id as request_span_id, l.at_ns, coalesce(t.is_refused, false) as is_refused,
        coalesce(t.is_lost, false) as is_lost, l.format in @formats runs_apps@ as is_of_server, a.last_upstream, a.upstream_connect_ns, a.start_ns,
        case
            -- Who answers at the address is known, and whose start failed.
            when l.service_name <> '' and (a.known_service = l.service_name or ends_with(a.known_service, '/' || l.service_name)) then 2
            -- One of the two is not known; a name that telemetry gave is of somebody else.
            when a.known_service = '' or l.format not in @formats sent@ then 1
            else 0
        end as fitness
    from joined_logs as l
    join forwarded as a on l.trace_id = a.trace_id and l.request_span_id = a.span_id
    left join named as t on l.trace_id = t.trace_id and l.request_span_id = t.request_span_id
    anti join risen_starts as u on l.log_id = u.log_id and l.trace_id = u.trace_id and l.request_span_id = u.request_span_id
    anti join stranger_outputs as x on l.log_id = x.log_id and l.trace_id = x.trace_id and l.request_span_id = x.request_span_id
    where l.event_name = 'process.boot_failed' and l.joined_by = 'time' and not coalesce(t.is_otherwise, false)
),
starts as (
    select f.*
    from fitting as f
    where case
        -- A supervisor that gives up lets go of connections that it had accepted before.
        when f.is_lost then f.fitness = 2 and f.at_ns >= f.start_ns - 60000000000
        else f.upstream_connect_ns < 0 and (f.last_upstream <> '' or f.is_refused or f.is_of_server)
    end
),
-- The start that fits best, and of those the latest: what was logged within some seconds of it is the same one.
latest as (
    select s.trace_id, s.request_span_id, s.fitness, s.at_ns
    from starts as s
    where s.fitness > 0
    qualify row_number() over (partition by s.trace_id, s.request_span_id order by s.fitness desc, s.at_ns desc) = 1
)
select l.*
from joined_logs as l
left join forwarded as a on l.trace_id = a.trace_id and l.request_span_id = a.span_id
anti join stranger_outputs as x on l.log_id = x.log_id and l.trace_id = x.trace_id and l.request_span_id = x.request_span_id
where
    l.joined_by <> 'time'
    or (
        l.event_name <> 'process.boot_failed'
        and not (
            l.event_name = 'server.crashed' and l.format in @formats sent@ and coalesce(a.known_service, '') <> '' and l.service_name <> ''
            and a.known_service <> l.service_name and not ends_with(a.known_service, '/' || l.service_name)
        )
    )
union all
select
    l.* replace (
        case when s.is_refused or s.is_lost or s.is_of_server then 1.0 else 0.3 end * case when s.fitness = 2 then 0.95 else l.surety end as surety
    )
from joined_logs as l
join starts as s on l.log_id = s.log_id and l.trace_id = s.trace_id and l.request_span_id = s.request_span_id
join latest as n
    on s.trace_id = n.trace_id and s.request_span_id = n.request_span_id and s.fitness = n.fitness and s.at_ns >= n.at_ns - 10000000000
