-- Requests whose answer broke off after a status that was fine, as the app's own span tells: what stands before it may have taken
-- what came for all of it.
-- one row per: trace_id, span_id
-- columns:
--   trace_id, span_id varchar: of the request
--   broken_ns bigint: when it broke off, ns since 1970
select n.trace_id, n.span_id, max(epoch_ns(s.start_time)) as broken_ns
from spans as s
semi join in_scope as w on s.trace_id = w.trace_id
join nodes as n on s.trace_id = n.trace_id and n.span_id = case when s.kind = 2 then s.span_id else s.parent_span_id end
where
    s.status_code = 2 and attr(s.attr_keys, s.attr_vals, 'culpa.response.cut') = 'true'
    and (s.start_time >= make_timestamp_ns($since_ns) or s.start_time <= make_timestamp_ns(0))
    and n.is_request and not n.is_failed and n.status between 200 and 399
group by n.trace_id, n.span_id
