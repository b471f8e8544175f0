-- Did the app give up waiting for the result of a task of which nothing else is heard?
-- kind: fallback
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, case when o.kind_of_callee = 'queue' then o.callee else '' end as callee, 'queue.timeout' as cause,
    o.location,
    0.8 * o.share as strength,
    'nobody answered in time: ' || o.brief as statement
from origins as o
join blamed as b on o.trace_id = b.trace_id and o.request_span_id = b.request_span_id
-- Where the task itself is on record, what became of it is known.
anti join open_tasks as t on o.trace_id = t.trace_id and o.request_span_id = t.request_span_id and b.unit_span_id = t.unit_span_id
where not o.is_call and @says task_wait (words: o.words, type: o.origin_type, stack: o.stacktrace)@
