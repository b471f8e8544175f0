-- Did a call fail whose span tells nothing of why: no status, no code, no words?
-- kind: weak
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.callee,
    case o.kind_of_callee when 'upstream' then 'upstream.error_response' else o.kind_of_callee || '.error' end as cause,
    o.object, o.share as strength,
    'the call to ' || o.callee || ' failed, and its span tells no reason' as statement
from origins as o
where o.is_call and o.words = '' and o.status = 0 and o.error_code = '' and o.callee <> ''
