-- How often did one problem happen, and is it still there?
-- params: fingerprint varchar
-- columns: first_ns (ns since 1970), requests, share (0..1), persistent, state
select epoch_ns(p.first_seen) as first_ns, p.requests, p.share, p.persistent, p.state
from problem_rows([$fingerprint], false) as p
