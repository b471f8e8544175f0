-- Which lines of logs name these traces, or were evidence for what was said of them?
-- params: trace_ids varchar[], log_ids varchar[]
-- columns: log_id, time_ns (ns since 1970), service_name, format, severity_number, severity_text, body (its first 4,000 characters),
--          span_id, event_name
select
    l.log_id, epoch_ns(l."time") as time_ns, l.service_name, l.format, l.severity_number, l.severity_text, left(l.body, 4000) as body,
    l.span_id, l.event_name
from logs as l
where (l.trace_id <> '' and list_contains($trace_ids, l.trace_id)) or list_contains($log_ids, l.log_id)
order by l."time", l.log_id
limit 1000
