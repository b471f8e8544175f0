-- Does the app say that it waited in vain for the result of a task, where no message shows what became of that?
-- kind: direct
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, '' as callee, 'queue.timeout' as cause,
    o.location,
    -- Whoever took the task may have been slow at it: that is never sure.
    0.35 * o.share as strength,
    'the app waited in vain for the result of a task: ' || o.brief as statement
from origins as o
anti join open_tasks as t on o.trace_id = t.trace_id and o.request_span_id = t.request_span_id
where not o.is_call and @says task_wait (words: o.words, type: o.origin_type, stack: o.stacktrace)@
