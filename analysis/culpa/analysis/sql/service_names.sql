-- Which services sent telemetry? Of who sent, not of what was sent: a first question over months must not read every span.
-- params: max_rows bigint
-- columns: service_name
select r.service_name
from resources as r
where r.service_name <> ''
group by r.service_name
order by r.service_name
limit $max_rows
