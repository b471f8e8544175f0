-- Requests that a web server passed on, whose app sent log records but no span that arrived: which service those are from.
-- one row per: trace_id, request_span_id
-- idle without: scoped_access, scoped_logs
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   service varchar: the only service that sent a record of this trace, by its service.name
select r.trace_id, r.request_span_id, min(l.service_name) as service
from requests as r
join scoped_access as a on r.trace_id = a.trace_id and r.request_span_id = a.span_id and a.last_upstream <> ''
join scoped_logs as l on r.trace_id = l.trace_id and l.joined_by = 'trace' and l.request_span_id = ''
-- Whose spans came tells more; a web server's own are no app's.
anti join scoped_spans as s on r.trace_id = s.trace_id and s.service_name <> a.service_name
where l.format in @formats sent@ and l.service_name <> '' and l.service_name <> a.service_name
group by r.trace_id, r.request_span_id
having count(distinct l.service_name) = 1
