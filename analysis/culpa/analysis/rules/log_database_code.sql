-- Does the database server's own log hold the same error code at the same time?
-- kind: indirect
-- idle without: code_meanings, happenings, origins
select
    o.trace_id, o.request_span_id, h.source, h.seen_at,
    o.service, o.callee, m.cause, 0.7 as strength,
    'the database''s log says the same: ' || left(h.body, 160) as statement
from origins as o
join happenings as h on o.trace_id = h.trace_id and o.request_span_id = h.request_span_id and o.error_code = h.error_code
join code_meanings as m on m.code = o.error_code and m.system = case when h.format in @formats postgresql@ then '' else 'mysql' end
where o.kind_of_callee = 'database' and h.joined_by = 'time'
qualify row_number() over (partition by o.trace_id, o.request_span_id order by h.seen_at) = 1
