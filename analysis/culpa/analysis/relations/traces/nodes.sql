-- Spans and access-log lines as one set of nodes: what a web server's log says of a request wins over its span.
-- one row per: trace_id, span_id
-- columns:
--   trace_id, span_id varchar: of the span, or of the access line
--   parent_span_id varchar: what it hangs below, '' if nothing; where a parent never arrived, who is likely to stand in for it
--   record varchar: 'access' or 'span'
--   kind varchar: of the work that begins here: 'request' where an HTTP request came in, 'task', 'message' or 'job', else ''
--   is_request boolean: an HTTP request came in here
--   status usmallint: what was answered, 0 if not known
--   is_failed boolean: it was answered 5xx, or is a red request without a status
--   is_failed_work boolean: it is work other than a request, and ended red
--   start_ns, end_ns bigint: ns since 1970
--   resource_id ubigint: as in spans, 0 of an access line
--   service varchar: component name
--   opens_unit boolean: work of one process for one request begins here
with both_kinds as (
    select
        a.trace_id, a.span_id, a.parent_span_id, 'access' as record, 'request' as kind, true as is_request,
        a.http_response_status_code as status, a.http_response_status_code >= 500 or a.is_told as is_failed, false as is_failed_work,
        -- Caddy gives no duration to an answer that it broke off, other than on its span.
        case when a.duration_ns = 0 then coalesce(s.start_ns, a.start_ns) else a.start_ns end as start_ns,
        case when a.duration_ns = 0 then coalesce(s.end_ns, a.end_ns) else a.end_ns end as end_ns,
        0::ubigint as resource_id, a.service_name as service, true as opens_unit
    from scoped_access as a
    left join scoped_spans as s on a.trace_id = s.trace_id and a.span_id = s.span_id
    union all
    select
        s.trace_id, s.span_id, s.parent_span_id, 'span' as record, s.work as kind, s.is_entry as is_request,
        s.http_response_status_code as status,
        s.is_entry and (
            s.http_response_status_code >= 500 or (s.http_response_status_code = 0 and s.status_code = 2)
        ) as is_failed,
        s.work not in ('', 'request') and s.status_code = 2 as is_failed_work,
        s.start_ns, s.end_ns, s.resource_id, s.service, s.kind in (2, 5) as opens_unit
    from scoped_spans as s
    anti join scoped_access as a on s.trace_id = a.trace_id and s.span_id = a.span_id
),
-- What an app went on with after a good answer. Where several spans tell of it, the first one does.
later as (
    select n.trace_id, min_by(n.span_id, (n.start_ns, n.span_id)) as span_id
    from both_kinds as n
    join both_kinds as p on n.trace_id = p.trace_id and n.parent_span_id = p.span_id
    join scoped_spans as s on n.trace_id = s.trace_id and n.span_id = s.span_id
    where
        n.record = 'span' and s.kind in (0, 1) and s.status_code = 2 and not s.is_cut and not s.is_noise and not s.is_call
        and p.is_request and p.record = 'span' and not p.is_failed and n.resource_id = p.resource_id and n.start_ns >= p.end_ns
    group by n.trace_id, n.parent_span_id
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
),
-- Work of another process whose own span never arrived: below the one call that was under way then, failed, and has no other answer.
lost as (
    select n.trace_id, n.parent_span_id as lost_span_id, n.service, min(n.start_ns) as start_ns, max(n.end_ns) as end_ns, bool_or(s.status_code = 2) as is_red,
        max_by(n.span_id, case when s.status_code = 2 then 4000000000000000000 else 0 end + n.end_ns) as last_span_id
    from parented as n
    join outermost as t on n.trace_id = t.trace_id
    join scoped_spans as s on n.trace_id = s.trace_id and n.span_id = s.span_id
    where not n.has_parent and n.parent_span_id <> '' and n.record = 'span' and not n.opens_unit
    group by n.trace_id, n.parent_span_id, n.service
),
called as (
    select l.trace_id, l.lost_span_id, l.service, any_value(l.last_span_id) as last_span_id, min(c.span_id) as caller_id
    from lost as l
    join scoped_spans as c on l.trace_id = c.trace_id and l.service <> c.service and l.start_ns between c.start_ns and c.end_ns
    anti join parented as k on c.trace_id = k.trace_id and c.span_id = k.parent_span_id
    where
        c.is_call and c.kind_of_callee in ('', 'upstream')
        and (c.status_code = 2 or c.http_response_status_code >= 400 or c.error_type <> '')
        -- Work that went well and took no time tells nothing.
        and (l.is_red or l.end_ns - l.start_ns >= 0.8 * (c.end_ns - c.start_ns))
    group by l.trace_id, l.lost_span_id, l.service
    having count(*) = 1
)
select
    n.trace_id, n.span_id,
    case
        when n.has_parent then n.parent_span_id
        when c.last_span_id = n.span_id then c.caller_id
        when c.last_span_id is not null then c.last_span_id
        when t.span_id is null or t.span_id = n.span_id then ''
        else t.span_id
    end as parent_span_id,
    n.record, case when w.span_id is not null then 'task' else n.kind end as kind, n.is_request, n.status, n.is_failed,
    n.is_failed_work or w.span_id is not null as is_failed_work, n.start_ns, n.end_ns, n.resource_id, n.service,
    n.opens_unit or coalesce(c.last_span_id = n.span_id, false) as opens_unit
from parented as n
left join outermost as t on n.trace_id = t.trace_id
left join later as w on n.trace_id = w.trace_id and n.span_id = w.span_id
left join called as c
    on n.trace_id = c.trace_id and n.parent_span_id = c.lost_span_id and n.service = c.service and not n.has_parent and not n.opens_unit
