-- Every revision of the verdicts on these traces.
-- params: trace_ids varchar[]
-- columns: those of the relation `verdict_revisions`, as they are stored
select r.*
from verdict_revisions as r
where r.trace_id in (select unnest($trace_ids))
order by r.judged_at
