-- What was changed in a span of time? The latest first.
-- params: since_ns bigint, until_ns bigint
-- columns: change_ns (ns since 1970), service_name, kind, description, source
select epoch_ns(c."time") as change_ns, c.service_name, c.kind, c.description, c.source
from changes as c
where c."time" >= make_timestamp_ns($since_ns) and c."time" <= make_timestamp_ns($until_ns)
order by c."time" desc, c.description
limit 1000
