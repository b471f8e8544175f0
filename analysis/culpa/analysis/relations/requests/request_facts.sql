-- What a verdict says of each failed request besides its cause.
-- columns: as in requests, and has_spans, blamed_service, upstream, exception_type, exception_message, fingerprint (of the
--   exception), exception_location; is_web_server_heard (the error log of the web server is read)
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
)
select
    q.* exclude (ended_at),
    b.has_spans, b.service as blamed_service, b.upstream,
    coalesce(s.origin_type, '') as exception_type,
    coalesce(s.message, '') as exception_message,
    coalesce(p.fingerprint, '') as exception_fingerprint,
    coalesce(s.location, '') as exception_location,
    coalesce(nullif(q.route, ''), u.http_route, '') as best_route,
    u.service_name is not null as has_unit_span,
    h.service_name is not null as is_web_server_heard
from requests as q
join blamed as b on q.trace_id = b.trace_id and q.request_span_id = b.request_span_id
left join spoken as s on q.trace_id = s.trace_id and q.request_span_id = s.request_span_id
left join printed as p on q.trace_id = p.trace_id and q.request_span_id = p.request_span_id
left join scoped_spans as u on b.trace_id = u.trace_id and b.unit_span_id = u.span_id
left join heard_servers as h on b.web_server = h.service_name
