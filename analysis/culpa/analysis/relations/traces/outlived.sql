-- Work that went on after its answer had left: the web server gave it up, or it went on in the background. What began there, or was
-- raised there, cannot be why the request failed.
-- one row per: trace_id, request_span_id, unit_span_id
-- idle without: requests
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   unit_span_id varchar: the work, directly below the web server's line
--   answered_ns bigint: when the answer had left at the latest, in the clock of who did the work, ns since 1970
with timed as (
    -- A line that is a number of whole seconds may have been one more.
    select
        a.trace_id, a.span_id,
        a.duration_ns + case when a.duration_ns % 1000000000 = 0 and a.format not in @formats times_header@ then 1000000000 else 100000000 end as waited_ns
    from scoped_access as a
    where a.duration_ns > 0 and a.start_ns > 0
)
select t.trace_id, t.request_span_id, t.unit_span_id, s.start_ns + l.waited_ns as answered_ns
from timed as l
join nodes as n on l.trace_id = n.trace_id and l.span_id = n.parent_span_id
join tree as t on n.trace_id = t.trace_id and n.span_id = t.span_id and t.span_id = t.unit_span_id
join scoped_spans as s on n.trace_id = s.trace_id and n.span_id = s.span_id
where n.opens_unit and s.end_ns > s.start_ns + l.waited_ns
