-- When did a service of this version serve requests?
-- params: service varchar, release varchar
-- columns: first_ns, last_ns (ns since 1970; 0: never)
select coalesce(min(epoch_ns(s.start_time)), 0) as first_ns, coalesce(max(epoch_ns(s.start_time)), 0) as last_ns
from spans as s
join resources as r on s.resource_id = r.resource_id
where s.service_name = $service and r.service_version = $release
