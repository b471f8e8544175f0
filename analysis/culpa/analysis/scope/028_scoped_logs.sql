-- The log records that belong to the requests: a start that failed only where the web server found nobody at work.
-- needs: joined_logs, said, scoped_access
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
)
select l.*
from joined_logs as l
where l.event_name <> 'process.boot_failed' or l.joined_by <> 'time'
union all
select l.* replace (case when coalesce(t.is_refused, false) then l.surety else 0.3 * l.surety end as surety)
from joined_logs as l
join scoped_access as a on l.trace_id = a.trace_id and l.request_span_id = a.span_id
left join told as t on l.trace_id = t.trace_id and l.request_span_id = t.request_span_id
where
    l.event_name = 'process.boot_failed' and l.joined_by = 'time'
    and (a.last_upstream <> '' or coalesce(t.is_refused, false)) and not coalesce(t.is_otherwise, false)
