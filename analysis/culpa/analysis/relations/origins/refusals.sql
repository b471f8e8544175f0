-- Failures that a guard of the app's own reported: an open breaker refused the call, or the attempts that it allows were used up.
-- one row per: trace_id, request_span_id
-- idle without: blamed, reached
-- columns:
--   trace_id, request_span_id, unit_span_id varchar: the failed request, and the work that was refused
--   span_id, source varchar, seen_at timestamp_ns: where the refusal stands
--   words varchar: type and message
--   name varchar: what the words call the guard, '' if nothing
--   service, service_name, route varchar: of the unit: component name, name in spans, route
--   start_ns bigint: when the unit began, ns since 1970
select
    b.trace_id, b.request_span_id, b.unit_span_id, r.span_id,
    case when r.source = 'log' then 'log:' || r.log_id else 'span:' || r.span_id end as source, r."time" as seen_at, r.words,
    lower(regexp_extract(r.words, '[''"\[]([A-Za-z][A-Za-z0-9_.-]{2,})[''"\]]', 1)) as name,
    b.service, s.service_name, s.http_route as route, s.start_ns
from blamed as b
join reached as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id and b.unit_span_id = r.unit_span_id
join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
where @says guarded (words: r.words)@
