-- Which service has spans below those of which other one, or linked to them, and how many?
-- params: since_ns bigint, until_ns bigint, max_spans bigint (of the newest spans)
-- columns: parent, child, calls
with newest as (
    select s.trace_id, s.parent_span_id, s.service_name, s.links
    from spans as s
    where (s.parent_span_id <> '' or len(s.links) > 0) and s.start_time >= make_timestamp_ns($since_ns) and s.start_time < make_timestamp_ns($until_ns)
    order by s.start_time desc
    limit $max_spans
),
below as (
    select n.trace_id, n.parent_span_id, n.service_name from newest as n where n.parent_span_id <> ''
    union all
    -- What has no parent is below what it is linked to, if that is in its trace, as Jaeger has it.
    select l.trace_id, l.link.span_id as parent_span_id, l.service_name
    from (select n.trace_id, n.service_name, unnest(n.links) as link from newest as n where n.parent_span_id = '') as l
    where l.link.trace_id = l.trace_id
),
above as (
    select p.trace_id, p.span_id, min(p.service_name) as service_name
    from spans as p
    -- A parent may have begun before.
    where p.start_time >= make_timestamp_ns(greatest($since_ns - 3600000000000, 0)) and p.start_time < make_timestamp_ns($until_ns)
    group by p.trace_id, p.span_id
)
select a.service_name as parent, b.service_name as child, count(*) as calls
from below as b
join above as a on b.trace_id = a.trace_id and b.parent_span_id = a.span_id
where a.service_name <> b.service_name and a.service_name <> '' and b.service_name <> ''
group by a.service_name, b.service_name
order by calls desc, a.service_name, b.service_name
limit 1000
