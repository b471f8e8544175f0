-- Which spans belong to which failed request, and to whose work in it. A span that began after all those above it in the same process
-- had ended is left out: it cannot have caused anything there, and is often the work of a later request under a leaked context: unless
-- the web server, or the client, was still waiting for the rest of the answer, which a span of its own tells of. The span of a handler
-- that only began what it did ends at once; the request's own goes on.
-- one row per: trace_id, request_span_id, span_id
-- idle without: requests
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   span_id varchar: what belongs to it, itself among them
--   unit_span_id varchar: the span or access line under which one process worked on it
--   depth integer: 0 of the request itself
with recursive below as (
    select r.trace_id, r.request_span_id, r.request_span_id as span_id, r.request_span_id as unit_span_id, 0 as depth,
        case when r.record = 'access' then r.end_ns - r.start_ns else coalesce(b.broken_ns - r.start_ns, 0) end as waited_ns,
        r.end_ns as until_ns
    from requests as r
    left join broken_streams as b on r.trace_id = b.trace_id and r.request_span_id = b.span_id
    union all
    select
        b.trace_id, b.request_span_id, c.span_id,
        case when c.opens_unit then c.span_id else b.unit_span_id end as unit_span_id,
        b.depth + 1 as depth, b.waited_ns,
        case when c.opens_unit or c.resource_id <> p.resource_id then c.end_ns else greatest(b.until_ns, c.end_ns) end as until_ns
    from below as b
    join nodes as p on b.trace_id = p.trace_id and b.span_id = p.span_id
    join nodes as c on b.trace_id = c.trace_id and b.span_id = c.parent_span_id
    where
        c.span_id <> b.request_span_id and b.depth < 64
        and (c.opens_unit or c.resource_id <> p.resource_id or c.start_ns <= greatest(b.until_ns, p.start_ns + b.waited_ns) + 1000000)
)
select b.* exclude (waited_ns, until_ns) from below as b
