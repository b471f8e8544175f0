-- The standing verdicts of the wanted traces, times as ns since 1970.
-- needs: wanted(trace_id), verdicts
-- columns: as in verdicts but for judged_at, rules_version and evidence; observations (how many pieces of evidence)
select
    v.* exclude (judged_at, rules_version, evidence) replace (epoch_ns(v.ended_at) as ended_at),
    len(v.evidence) as observations
from verdicts as v
semi join wanted as w on v.trace_id = w.trace_id
