-- When did the first request fail of which that is known?
-- params: known_ns bigint (ns since 1970; earlier is no time)
-- columns: ended_ns (0: none failed)
select coalesce(min(epoch_ns(v.ended_at)), 0) as ended_ns
from verdict_revisions as v
where v.ended_at > make_timestamp_ns($known_ns) and not v.withdrawn
