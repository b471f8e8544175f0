-- Did the app's server refuse the request before the app saw it, as when all its workers are busy?
-- kind: indirect
-- idle without: blamed, learnt_services, requests
select
    b.trace_id, b.request_span_id, 'absence:span' as source, r.ended_at as seen_at,
    b.service, 'app.workers_exhausted' as cause,
    case when k.requests >= 10 then 1.0 else k.requests / (k.requests + 2.0) end as strength,
    b.service || ' answered 503 at once and its code, which sends spans otherwise, never saw the request' as statement
from blamed as b
join requests as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id
-- Where spans are sampled, one that is missing says nothing; few requests cannot tell whether they are.
join learnt_services as k on b.last_upstream = k.upstream_address and k.requests > 0 and k.coverage >= 0.9
-- Nor where those beside it are missing too.
anti join unheard as u on b.trace_id = u.trace_id and b.request_span_id = u.request_span_id
where
    b.line_span_id <> '' and b.line_status = 503 and b.last_upstream_status = 503 and b.upstream_header_ns between 0 and 100000000
    and not b.has_spans
