-- What clients of services said. A relation of its own: where it is empty, no rule that reads it costs anything.
-- one row per: trace_id, request_span_id, span_id, is_call
-- idle without: origins
-- columns:
--   as in origins
--   is_handed_on boolean: the unit is a gateway: it handed request and answer on as they were, and says no more. Who is behind it is a
--     component of this system, and why it failed is not known
select
    o.*,
    o.is_call and o.status >= 400 and e.exception_id is null and s.http_response_status_code = c.status
    and c.end_ns - c.start_ns >= 0.8 * s.duration_ns
    and (c.url_path = '' or (
        length(c.url_path) > 1 and length(s.url_path) > 1 and (ends_with(s.url_path, c.url_path) or ends_with(c.url_path, s.url_path))
    )) as is_handed_on
from origins as o
join blamed as b on o.trace_id = b.trace_id and o.request_span_id = b.request_span_id
left join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
left join calls as c on o.is_call and o.trace_id = c.trace_id and o.request_span_id = c.request_span_id and o.span_id = c.span_id
left join reached as e on b.trace_id = e.trace_id and b.request_span_id = e.request_span_id and b.unit_span_id = e.unit_span_id
where o.kind_of_callee = 'upstream'
