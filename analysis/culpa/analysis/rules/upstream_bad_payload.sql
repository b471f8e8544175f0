-- Did an outside service answer 2xx with something that the app could not use?
-- kind: direct
-- idle without: blamed, calls, origins
with last_call as (
    -- The last thing that was asked of anybody before the exception; an earlier answer was read long ago.
    select
        o.trace_id, o.request_span_id, o.seen_at, o.brief, o.location, o.kind_of_callee as kind_of_origin,
        c.span_id, c.callee, c.kind_of_callee, c.status, c.url_path
    from origins as o
    join blamed as b on o.trace_id = b.trace_id and o.request_span_id = b.request_span_id
    join calls as c
        on o.trace_id = c.trace_id and o.request_span_id = c.request_span_id and b.unit_span_id = c.unit_span_id
        and (epoch_ns(o.seen_at) <= 0 or c.start_ns <= epoch_ns(o.seen_at) + 1000000)
    where
        not o.is_call and o.kind_of_callee in ('', 'upstream')
        and @says bad_payload (words: o.words, stack: o.stacktrace)@
    qualify row_number() over (partition by o.trace_id, o.request_span_id, o.source order by c.end_ns desc) = 1
)
select
    l.trace_id, l.request_span_id, l.span_id, 'span:' || l.span_id as source, l.seen_at,
    l.callee, 'upstream.bad_payload' as cause, l.url_path as object, l.location,
    case when l.kind_of_origin = 'upstream' then 1.0 else 0.9 end as strength,
    l.callee || ' answered ' || l.status || ', and reading the answer failed: ' || l.brief as statement
from last_call as l
where l.kind_of_callee = 'upstream' and l.status between 200 and 299
