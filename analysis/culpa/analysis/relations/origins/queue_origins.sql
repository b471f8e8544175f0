-- What clients of brokers said. A relation of its own: where it is empty, no rule that reads it costs anything.
-- one row per: trace_id, request_span_id, span_id, is_call
-- idle without: origins
-- columns:
--   as in origins
select * from origins as o where o.kind_of_callee = 'queue'
