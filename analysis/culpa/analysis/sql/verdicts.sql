-- Which requests failed, and of what? Newest first.
-- params: since_ns bigint (0: all), service varchar ('': all), cause varchar ('': all; a code or a layer),
--         max_rows bigint
-- columns: those of the contract of `verdicts`; ended_at in UTC, confidence 0..1
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
    v.settled
from verdicts as v
where epoch_ns(v.ended_at) >= $since_ns
    and ($service = '' or v.service = $service or list_contains(v.services, $service))
    and ($cause = '' or v.cause = $cause or v.layer = $cause)
order by v.ended_at desc, v.trace_id, v.request_span_id
limit $max_rows
