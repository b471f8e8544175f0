-- Does a database's own log tell of trouble at the very moment of a failure of which nothing else tells?
-- kind: indirect
-- idle without: blamed, happenings
select
    h.trace_id, h.request_span_id, h.source, h.seen_at,
    name_dependency(h.log_service, '', 0, h.database) as callee,
    case
        when h.event_name = 'disk.full' then 'database.disk_full'
        when h.event_name = 'storage.failed' then 'database.error'
        else 'database.crashed'
    end as cause,
    -- Nobody says that this request asked it.
    0.5 * h.surety as strength,
    'the database''s log says at that moment: ' || left(h.body, 160) as statement
from happenings as h
join blamed as b on h.trace_id = b.trace_id and h.request_span_id = b.request_span_id
anti join origins as o on h.trace_id = o.trace_id and h.request_span_id = o.request_span_id
-- The web server says itself what it ran into.
anti join server_lines as l on h.trace_id = l.trace_id and h.request_span_id = l.request_span_id and l.says not in ('other', 'nothing', 'app')
where
    h.joined_by = 'time' and h.format in @formats database@
    and h.event_name in ('server.crashed', 'server.recovering', 'disk.full', 'storage.failed')
    and epoch_ns(h.seen_at) between b.line_start_ns - 1000000000 and b.line_end_ns + 1500000000
qualify row_number() over (partition by h.trace_id, h.request_span_id order by h.seen_at desc) = 1
