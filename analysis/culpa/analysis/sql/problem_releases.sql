-- In which releases did one problem happen?
-- params: fingerprint varchar
-- columns: releases (varchar[], sorted)
select coalesce(list_sort(list_distinct(list(r.service_version))), []) as releases
from spans as s
join resources as r on s.resource_id = r.resource_id
where
    s.kind = 2 and r.service_version <> ''
    and s.trace_id in (select v.trace_id from failures as v where v.fingerprint = $fingerprint and not v.truncated)
