-- What do the spans of a service say that they did?
-- params: service varchar, kind bigint (as OTLP numbers it; -1: all), max_rows bigint
-- columns: span_name, kind (as OTLP numbers it)
select s.span_name, s.kind
from spans as s
where s.service_name = $service and ($kind = -1 or s.kind = $kind)
group by s.span_name, s.kind
order by s.span_name, s.kind
limit $max_rows
