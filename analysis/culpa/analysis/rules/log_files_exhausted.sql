-- Does the app's own output tell that it could accept no more connections, for want of file descriptors, while the request waited?
-- kind: indirect
-- idle without: happenings
select
    h.trace_id, h.request_span_id, h.source, h.seen_at,
    h.service, h.host, 'host.too_many_open_files' as cause,
    h.surety as strength,
    'the app could accept no more connections: ' || left(h.body, 160) as statement
from happenings as h
where h.event_name = 'files.exhausted' and h.format in @formats names_service@ and h.status in (502, 503, 504)
