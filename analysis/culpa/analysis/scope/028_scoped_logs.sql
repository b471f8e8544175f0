-- The log records that belong to the requests: a start that failed only where the web server found nobody at work.
-- needs: joined_logs, said, scoped_access, learnt_services
-- columns: as in joined_logs
with told as (
    select
        l.trace_id, a.span_id as request_span_id,
        bool_or(s.says in ('refused', 'no_socket', 'no_upstream')) as is_refused,
        bool_or(s.says not in ('refused', 'no_socket', 'no_upstream', 'connect_timeout', 'other')) as is_otherwise
    from joined_logs as l
    join said as s on l.log_id = s.log_id
    join scoped_access as a on l.trace_id = a.trace_id and l.request_span_id in ('', a.span_id) and l.service_name = a.service_name
    group by l.trace_id, a.span_id
),
starts as (
    select
        l.log_id, l.trace_id, a.span_id as request_span_id, l.at_ns, coalesce(t.is_refused, false) as is_refused,
        case
            -- Who answers at the address is known, and whose start failed.
            when k.service is not null and l.service_name <> '' and (k.service = l.service_name or ends_with(k.service, '/' || l.service_name)) then 2
            -- One of the two is not known; a name that telemetry gave is of somebody else.
            when k.service is null or l.format <> 'otlp' then 1
            else 0
        end as fitness
    from joined_logs as l
    join scoped_access as a on l.trace_id = a.trace_id and l.request_span_id = a.span_id
    left join told as t on l.trace_id = t.trace_id and l.request_span_id = t.request_span_id
    left join learnt_services as k on a.last_upstream = k.upstream_address
    where
        l.event_name = 'process.boot_failed' and l.joined_by = 'time'
        and (a.last_upstream <> '' or coalesce(t.is_refused, false)) and not coalesce(t.is_otherwise, false)
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
where l.event_name <> 'process.boot_failed' or l.joined_by <> 'time'
union all
select
    l.* replace (
        case when s.is_refused then 1.0 else 0.3 end * case when s.fitness = 2 then 0.95 else l.surety end as surety
    )
from joined_logs as l
join starts as s on l.log_id = s.log_id and l.trace_id = s.trace_id and l.request_span_id = s.request_span_id
join latest as n
    on s.trace_id = n.trace_id and s.request_span_id = n.request_span_id and s.fitness = n.fitness and s.at_ns >= n.at_ns - 10000000000
