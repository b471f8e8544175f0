-- Tasks that failed while whoever had sent them waited for the result: the caller's exception is the task's.
-- one row per: trace_id, request_span_id, unit_span_id
-- idle without: calls, reached
-- columns:
--   trace_id, request_span_id, unit_span_id varchar: the failed request, and who waited
--   span_id, answered_by varchar: the message that sent the task, and the work on it
select c.trace_id, c.request_span_id, c.unit_span_id, max_by(c.span_id, c.end_ns) as span_id, max_by(c.answered_by, c.end_ns) as answered_by
from calls as c
join scoped_spans as p on c.trace_id = p.trace_id and c.span_id = p.span_id
join scoped_spans as k on c.trace_id = k.trace_id and c.answered_by = k.span_id
join reached as r on c.trace_id = r.trace_id and c.request_span_id = r.request_span_id and c.unit_span_id = r.unit_span_id
join reached as e on c.trace_id = e.trace_id and c.request_span_id = e.request_span_id and c.answered_by = e.unit_span_id
where
    p.kind = 4 and k.status_code = 2
    -- Before it, as far as two clocks show; raised again as it was, or named by a wrapper.
    and e.time_ns <= r.time_ns + 1000000000
    and (
        (e.message = r.message and regexp_extract(e.origin_type, '[^.:]+$') = regexp_extract(r.origin_type, '[^.:]+$'))
        or (length(e.message) >= 8 and contains(r.words, e.message))
    )
group by c.trace_id, c.request_span_id, c.unit_span_id
