-- The unit at the end of each way: the one process whose work on the request went wrong first.
-- needs: path, requests, scoped_spans, nodes, learnt_services
-- columns: trace_id, request_span_id, unit_span_id, has_spans (the app behind the web server sent any), service (component
--   name of the app: its service.name, else the service known at that address, else the address), upstream (component
--   name of the address that the web server forwarded to, '' if it forwarded nothing), steps
with told as (
    -- The error log knows the scheme of the address (http, fastcgi, uwsgi); the access line does not.
    select
        r.trace_id, r.request_span_id,
        max(regexp_extract(l.upstream_address, '^([a-z]+)://', 1)) as scheme,
        max(regexp_replace(regexp_replace(l.upstream_address, '^[a-z]+://', ''), '^([^/]+)/.*$', '\1')) as address
    from requests as r
    join scoped_logs as l on r.trace_id = l.trace_id and l.request_span_id in ('', r.request_span_id)
    where l.upstream_address <> ''
    group by r.trace_id, r.request_span_id),
last_step as (
    select p.* from path as p
    qualify row_number() over (partition by p.trace_id, p.request_span_id order by p.step desc) = 1
),
named as (
    select
        l.trace_id, l.request_span_id, l.unit_span_id, l.step as steps,
        case when r.record = 'access' and l.unit_span_id = l.request_span_id then '' else coalesce(s.service, '') end as span_service,
        s.span_id is not null and (s.span_id <> l.request_span_id or r.record = 'span') as has_spans,
        case when r.last_upstream <> '' then r.last_upstream else coalesce(t.address, '') end as last_upstream,
        coalesce(nullif(t.scheme, ''), 'http') as upstream_scheme,
        r.web_server,
        coalesce(s.host_name, '') as host_name, coalesce(s.host_id, '') as host_id, coalesce(s.process_pid, 0) as process_pid
    from last_step as l
    join requests as r on l.trace_id = r.trace_id and l.request_span_id = r.request_span_id
    left join scoped_spans as s on l.trace_id = s.trace_id and l.unit_span_id = s.span_id
    left join told as t on l.trace_id = t.trace_id and l.request_span_id = t.request_span_id
)
select
    n.trace_id, n.request_span_id, n.unit_span_id, n.has_spans, n.steps, n.host_name, n.host_id, n.process_pid,
    case
        when n.span_service <> '' then n.span_service
        when k.service is not null then k.service
        when n.last_upstream <> '' then n.upstream_scheme || '://' || n.last_upstream
        else n.web_server
    end as service,
    case
        when k.service is not null then k.service
        when n.last_upstream <> '' then n.upstream_scheme || '://' || n.last_upstream
        else ''
    end as upstream,
    n.web_server,
    case
        when n.host_name <> '' then 'host:' || n.host_name
        when n.host_id <> '' then 'host:' || n.host_id
        else ''
    end as host
from named as n
left join learnt_services as k on n.last_upstream = k.upstream_address
