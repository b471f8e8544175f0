-- Which failed requests are in the traces whose id begins so? What the client saw first.
-- params: lowest varchar, beyond varchar (a range of ids; a range because it can skip most of the data)
-- columns: those of the contract of `verdicts`, and kind (of the work that failed)
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
from failures as v
where v.trace_id >= $lowest
    and v.trace_id < $beyond
order by v.surfaced desc, v.ended_at desc, v.trace_id, v.request_span_id
