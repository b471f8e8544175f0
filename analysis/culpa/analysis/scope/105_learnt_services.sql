-- Which service answers at an address that a web server forwards to, learnt from requests that it passed on.
-- needs: requests, access, spans, resources
-- columns: upstream_address, service (component name)
with asked as (
    select distinct r.last_upstream from requests as r where r.last_upstream <> ''
),
forwarded as (
    select a.upstream_address, a.trace_id, a.span_id
    from access as a
    semi join asked as q on a.upstream_address = q.last_upstream
    where a.http_response_status_code between 200 and 599
    qualify row_number() over (partition by a.upstream_address order by a.start_time desc) <= 50
),
answered as (
    select f.upstream_address, name_service(coalesce(r.service_namespace, ''), s.service_name) as service, s.start_time
    from forwarded as f
    join spans as s on f.trace_id = s.trace_id and f.span_id = s.parent_span_id
    left join resources as r on s.resource_id = r.resource_id
    where s.kind = 2 and s.service_name <> ''
)
select upstream_address, max_by(service, start_time) as service
from answered
group by upstream_address
