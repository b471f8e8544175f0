-- Who worked off the queues of tasks that were waited for in vain, in the hour before.
-- one row per: trace_id, request_span_id, unit_span_id
-- idle without: open_tasks
-- columns:
--   trace_id, request_span_id, unit_span_id varchar: as in open_tasks
--   service varchar: component name
select t.trace_id, t.request_span_id, t.unit_span_id, max_by(name_service(coalesce(r.service_namespace, ''), s.service_name), s.start_time) as service
from open_tasks as t
join spans as s on t.destination = s.messaging_destination_name and s.start_time between t.start_time - interval 1 hour and t.start_time + interval 1 minute
left join resources as r on s.resource_id = r.resource_id
where
    t.destination <> '' and s.kind = 5 and s.start_time >= make_timestamp_ns($since_ns) - interval 1 hour
    and s.service_name <> '' and not starts_with(s.service_name, 'unknown_service')
group by t.trace_id, t.request_span_id, t.unit_span_id
having count(distinct s.service_name) = 1
