-- Spans and access-log lines as one set of nodes: what a web server's log says of a request wins over its span.
-- needs: scoped_spans, scoped_access
-- columns: trace_id, span_id, parent_span_id, record ('access', 'span'), is_request, status (0 unknown), is_failed,
--   start_ns, end_ns, resource_id, service, opens_unit (work of one process for one request begins here)
with both_kinds as (
    select
        a.trace_id, a.span_id, a.parent_span_id, 'access' as record, true as is_request,
        a.http_response_status_code as status, a.http_response_status_code >= 500 as is_failed,
        -- Caddy gives no duration to an answer that it broke off, other than on its span.
        case when a.duration_ns = 0 then coalesce(s.start_ns, a.start_ns) else a.start_ns end as start_ns,
        case when a.duration_ns = 0 then coalesce(s.end_ns, a.end_ns) else a.end_ns end as end_ns,
        0::ubigint as resource_id, a.service_name as service, true as opens_unit
    from scoped_access as a
    left join scoped_spans as s on a.trace_id = s.trace_id and a.span_id = s.span_id
    union all
    select
        s.trace_id, s.span_id, s.parent_span_id, 'span' as record, s.is_entry as is_request,
        s.http_response_status_code as status,
        s.is_entry and (
            s.http_response_status_code >= 500 or (s.http_response_status_code = 0 and s.status_code = 2)
        ) as is_failed,
        s.start_ns, s.end_ns, s.resource_id, s.service, s.kind in (2, 5) as opens_unit
    from scoped_spans as s
    anti join scoped_access as a on s.trace_id = a.trace_id and s.span_id = a.span_id
),
-- A parent that never arrived: below the trace's only outermost request, if there is just one.
parented as (
    select
        n.*,
        n.parent_span_id <> '' and n.parent_span_id <> n.span_id
        and (n.trace_id, n.parent_span_id) in (select (p.trace_id, p.span_id) from both_kinds as p) as has_parent
    from both_kinds as n
),
outermost as (
    select o.trace_id, min(o.span_id) as span_id
    from parented as o
    where o.is_request and not o.has_parent and (o.record = 'access' or o.parent_span_id = '')
    group by o.trace_id
    having count(*) = 1
)
select
    n.trace_id, n.span_id,
    case
        when n.has_parent then n.parent_span_id
        when t.span_id is null or t.span_id = n.span_id then ''
        else t.span_id
    end as parent_span_id,
    n.record, n.is_request, n.status, n.is_failed, n.start_ns, n.end_ns, n.resource_id, n.service, n.opens_unit
from parented as n
left join outermost as t on n.trace_id = t.trace_id
