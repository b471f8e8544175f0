-- Answers of a web server that broke off after a status that was fine, as its own log tells, or its access line.
-- A line that only time joins is never of the web server itself, so that no doubt about such lines matters here.
-- one row per: trace_id, span_id
-- columns:
--   trace_id, span_id varchar: of the access line
select distinct n.trace_id, n.span_id
from nodes as n
join joined_logs as l on n.trace_id = l.trace_id and l.request_span_id in ('', n.span_id) and n.service = l.service_name
where
    n.record = 'access' and n.status between 200 and 399 and l.joined_by <> 'time'
    and @says cut_answer (line: l.body)@
union
select n.trace_id, n.span_id
from nodes as n
join reasons as g on n.trace_id = g.trace_id and n.span_id = g.span_id
where n.record = 'access' and n.status between 200 and 399 and @says cut_answer (line: g.reason)@
