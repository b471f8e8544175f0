-- The standing verdicts of the wanted traces, times as ns since 1970.
-- needs: wanted(trace_id), verdict_revisions
-- columns: as in verdicts but for judged_at, rules_version and evidence; observations (how many pieces of evidence)
with theirs as (
    -- The view verdicts ranks the revisions of the whole store before it can be narrowed.
    select r.*
    from verdict_revisions as r
    semi join wanted as w on r.trace_id = w.trace_id
    qualify row_number() over (
        partition by r.trace_id, r.request_span_id order by r.judged_at desc, r.settled desc
    ) = 1
)
select
    v.* exclude (judged_at, rules_version, evidence, withdrawn) replace (epoch_ns(v.ended_at) as ended_at),
    len(v.evidence) as observations
from theirs as v
where not v.withdrawn
