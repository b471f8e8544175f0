-- Which requests failed, and of what? Newest first.
-- params: as in chosen_verdicts; max_rows bigint
-- columns: those of the contract of `verdicts`, and kind (of the work that failed); ended_at in UTC, confidence 0..1
with listed as materialized (
    select v.trace_id, v.request_span_id, v.ended_at
    from (@chosen_verdicts@) as v
    order by v.ended_at desc, v.trace_id, v.request_span_id
    limit $max_rows
),
-- Texts and evidence only of those that are listed: they are wide.
whole as (
    select r.*
    from failures as r
    semi join listed as l on r.trace_id = l.trace_id and r.request_span_id = l.request_span_id
    -- So that of those that are older nothing but their times is read.
    where r.ended_at >= (select min(o.ended_at) from listed as o)
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
from whole as v
order by v.ended_at desc, v.trace_id, v.request_span_id
