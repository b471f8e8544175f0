-- The line tells the end of the very process that worked on the request.
-- Process ids repeat across machines and containers: what is known of host and service must not differ, and only one fit.
-- one row per: log_id, trace_id, request_span_id
-- surety: 1.0
-- idle without: server_events, workers
-- columns:
--   log_id, trace_id, request_span_id, joined_by varchar, surety double: as in joined_logs
select e.log_id, w.trace_id, w.request_span_id, 'process' as joined_by, 1.0::double as surety
from server_events as e
join workers as w on e.told_pid = w.process_pid and e.at_ns between w.from_ns and w.to_ns
where
    (starts_with(e.event_name, 'worker.') or e.event_name in ('process.oom_killed', 'process.crashed'))
    and (e.told_host = '' or w.host_name = '' or e.told_host = w.host_name)
    and (e.service_name = '' or e.format not in @formats names_service@ or e.service_name = w.service_name)
qualify min(w.resource_id) over (partition by e.log_id) = max(w.resource_id) over (partition by e.log_id)
