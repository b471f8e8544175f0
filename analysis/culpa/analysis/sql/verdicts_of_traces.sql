-- What is said of the failed requests of these traces? What the client saw first.
-- params: trace_ids varchar[], max_rows bigint
-- columns: those of the contract of `verdicts`
with theirs as (
    -- The view verdicts ranks the revisions of the whole store before it can be narrowed.
    select r.*
    from verdict_revisions as r
    where r.trace_id in (select unnest($trace_ids))
    qualify row_number() over (partition by r.trace_id, r.request_span_id order by r.judged_at desc, r.settled desc) = 1
)
select v.* exclude (judged_at, rules_version, withdrawn)
from theirs as v
where not v.withdrawn
order by v.trace_id, v.surfaced desc, v.ended_at desc, v.request_span_id
limit $max_rows
