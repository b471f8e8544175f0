-- What database clients said without a code, or with one that says nothing: their words are all there is.
-- one row per: trace_id, request_span_id, span_id, is_call
-- idle without: origins
-- columns:
--   as in origins
select o.*
from origins as o
anti join coded as c
    on o.trace_id = c.trace_id and o.request_span_id = c.request_span_id and o.source = c.source and o.is_call = c.is_call
    and o.span_id = c.span_id
where o.kind_of_callee = 'database'
