-- Which failed requests are in the traces whose id begins so? What the client saw first.
-- params: lowest varchar, beyond varchar (a range of ids; a range because it can skip most of the data)
-- columns: those of the contract of `verdicts`, and kind (of the work that failed)
with theirs as (
    -- The view verdicts ranks the revisions of the whole store before it can be narrowed.
    select r.*
    from verdict_revisions as r
    where r.trace_id >= $lowest
        and r.trace_id < $beyond
    qualify row_number() over (partition by r.trace_id, r.request_span_id order by r.judged_at desc, r.settled desc) = 1
)
select
    v.trace_id,
    v.request_span_id,
    v.ended_at,
    v.method,
    v.route,
    v.path,
    v.status,
    v.surfaced,
    v.truncated,
    v.service,
    v.services,
    v.layer,
    v.component,
    v.cause,
    v.object,
    v.confidence,
    v.location,
    v.exception_type,
    v.exception_message,
    v.fingerprint,
    v.joined,
    v.change,
    v.runner_up,
    v.evidence,
    v.missing,
    v.runbook,
    v.settled,
    v.kind
from theirs as v
where not v.withdrawn
order by v.surfaced desc, v.ended_at desc, v.trace_id, v.request_span_id
