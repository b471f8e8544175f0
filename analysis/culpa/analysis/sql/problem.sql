-- How often did one problem happen, and is it still there?
-- params: fingerprint varchar
-- columns: those of the contract of `problems`, without releases (`problem_releases` has them, which costs as much again); first_ns (ns
--   since 1970)
select p.* exclude (releases), epoch_ns(p.first_seen) as first_ns
from problem_rows([$fingerprint], false) as p
limit 1
