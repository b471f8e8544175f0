-- Requests whose answer broke off after a status that was fine, as the app's own span tells: what stands before it may have taken
-- what came for all of it.
-- one row per: trace_id, span_id
-- columns:
--   trace_id, span_id varchar: of the request
--   broken_ns bigint: when it broke off, ns since 1970
select n.trace_id, n.span_id, max(epoch_ns(s.start_time)) as broken_ns
from scoped_spans as s
join nodes as n on s.trace_id = n.trace_id and n.span_id = case when s.kind = 2 then s.span_id else s.parent_span_id end
where
    s.is_cut and n.is_request and not n.is_failed and n.status between 200 and 399
group by n.trace_id, n.span_id
