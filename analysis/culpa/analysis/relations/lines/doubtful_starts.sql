-- Which services failed to start some time before a request that may have gone to them: nobody knows who answers at its address, or the
-- connection was made and lost again?
-- one row per: log_id, trace_id, request_span_id
-- idle without: joined_logs
-- columns:
--   log_id, trace_id, request_span_id varchar: as in joined_logs
--   service_name varchar: that failed to start
--   at_ns, asked_ns bigint: when it did, and the begin of the request
with lost as (
    select distinct l.trace_id, a.span_id
    from joined_logs as l
    join said as s on l.log_id = s.log_id
    join scoped_access as a on l.trace_id = a.trace_id and l.request_span_id in ('', a.span_id) and l.service_name = a.service_name
    where s.says in ('reset', 'closed_early')
)
select l.log_id, l.trace_id, l.request_span_id, l.service_name, l.at_ns, a.start_ns as asked_ns
from joined_logs as l
join scoped_access as a on l.trace_id = a.trace_id and l.request_span_id = a.span_id
left join lost as b on a.trace_id = b.trace_id and a.span_id = b.span_id
join known_services as k on a.trace_id = k.trace_id and a.span_id = k.span_id
where
    l.event_name = 'process.boot_failed' and l.joined_by = 'time' and l.format in @formats sent@ and l.service_name <> ''
    and (b.span_id is not null or k.service = '')
