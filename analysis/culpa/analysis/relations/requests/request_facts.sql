-- What a verdict says of each failed request besides its cause.
-- one row per: trace_id, request_span_id
-- columns:
--   as in requests, without ended_at
--   has_spans boolean, blamed_service, upstream varchar: as in blamed
--   exception_type, exception_message varchar: of the exception that the verdict tells, '' if none
--   exception_fingerprint varchar: of the one that reached the end of the unit's work, '' if none
--   exception_location varchar: where it was raised
--   best_route varchar: the route, of the first app below where the request is a web server's line
--   has_unit_span boolean: the unit sent a span of its own
--   has_red_call boolean: a client's span of the request ended in an error
--   is_web_server_heard boolean: the error log of the web server is read
--   services varchar[]: every service with a part in the request, in the order in which they came in
--   joined varchar[]: other traces that hold work of it, each with the way in which it was joined, and how surely
with spoken as (
    select
        o.trace_id, o.request_span_id, o.origin_type, o.words, o.location,
        case
            when o.words = o.origin_type then ''
            when starts_with(o.words, o.origin_type || ': ') then substr(o.words, length(o.origin_type) + 3)
            else o.words
        end
            as message
    from origins as o
    -- What only time joins to the request need not be its own.
    where o.words <> '' and (o.share >= 0.45 or starts_with(o.source, 'span:'))
    qualify row_number() over (partition by o.trace_id, o.request_span_id order by (o.is_call, -o.share)) = 1
),
printed as (
    select b.trace_id, b.request_span_id, r.fingerprint
    from blamed as b
    join reached as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id and b.unit_span_id = r.unit_span_id
    where r.surety >= 0.45
),
parts as (
    select t.trace_id, t.request_span_id, n.service, min((t.depth, n.start_ns)) as first_seen
    from tree as t
    join nodes as n on t.trace_id = n.trace_id and t.span_id = n.span_id
    where n.service <> ''
    group by t.trace_id, t.request_span_id, n.service
),
partners as (
    select p.trace_id, p.request_span_id, list(p.service order by p.first_seen, p.service) as services
    from parts as p
    group by p.trace_id, p.request_span_id
),
-- Who served it first: a callee's route is not the request's.
apps as (
    select p.trace_id, p.request_span_id, s.http_route
    from path as p
    join scoped_spans as s on p.trace_id = s.trace_id and p.unit_span_id = s.span_id
    anti join scoped_access as a on p.trace_id = a.trace_id and p.unit_span_id = a.span_id
    where s.kind = 2
    qualify row_number() over (partition by p.trace_id, p.request_span_id order by p.step) = 1
),
red_calls as (
    select distinct t.trace_id, t.request_span_id
    from tree as t
    join scoped_spans as s on t.trace_id = s.trace_id and t.span_id = s.span_id
    where s.kind = 3 and s.status_code = 2
),
elsewhere as (
    select t.trace_id, t.request_span_id, list(l.old_trace_id || ' by request line and time, ' || l.surety order by l.old_trace_id) as joined
    from leaked as l
    join tree as t on l.trace_id = t.trace_id and l.old_span_id = t.span_id
    group by t.trace_id, t.request_span_id
)
select
    q.* exclude (ended_at),
    b.has_spans, b.service as blamed_service, b.upstream,
    coalesce(s.origin_type, '') as exception_type,
    coalesce(s.message, '') as exception_message,
    coalesce(p.fingerprint, '') as exception_fingerprint,
    coalesce(s.location, '') as exception_location,
    coalesce(nullif(q.route, ''), f.http_route, '') as best_route,
    u.service_name is not null as has_unit_span,
    d.trace_id is not null as has_red_call,
    h.service_name is not null as is_web_server_heard,
    coalesce(a.services, []) as services,
    coalesce(e.joined, []) as joined
from requests as q
join blamed as b on q.trace_id = b.trace_id and q.request_span_id = b.request_span_id
left join spoken as s on q.trace_id = s.trace_id and q.request_span_id = s.request_span_id
left join printed as p on q.trace_id = p.trace_id and q.request_span_id = p.request_span_id
left join scoped_spans as u on b.trace_id = u.trace_id and b.unit_span_id = u.span_id
left join apps as f on q.trace_id = f.trace_id and q.request_span_id = f.request_span_id
left join heard_servers as h on b.web_server = h.service_name
left join partners as a on q.trace_id = a.trace_id and q.request_span_id = a.request_span_id
left join red_calls as d on q.trace_id = d.trace_id and q.request_span_id = d.request_span_id
left join elsewhere as e on q.trace_id = e.trace_id and q.request_span_id = e.request_span_id
