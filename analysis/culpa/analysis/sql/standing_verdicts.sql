-- The standing verdicts of the traces that were judged, times as ns since 1970.
-- needs: in_scope, leaked, failures
-- params: since_ns bigint (none of them ended before, ns since 1970; 0: look at all)
-- columns: as in verdicts but for judged_at, rules_version and evidence; observations (how many pieces of evidence)
with theirs as (
    select r.*
    from failures as r
    semi join (
        select s.trace_id from in_scope as s
        union all
        -- Work in a trace of its own that has a request of record elsewhere now.
        select l.old_trace_id as trace_id from leaked as l where l.is_whole
    ) as w on r.trace_id = w.trace_id
    where r.ended_at >= make_timestamp_ns($since_ns)
)
select
    v.* exclude (judged_at, rules_version, evidence) replace (epoch_ns(v.ended_at) as ended_at),
    len(v.evidence) as observations
from theirs as v
