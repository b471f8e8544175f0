-- Does the database server's own log tell, at that time, of the state that its client complains of?
-- kind: indirect
-- idle without: happenings, origins
select
    o.trace_id, o.request_span_id, h.source, h.seen_at,
    o.callee,
    case
        when h.event_name in ('server.crashed', 'server.recovering') then 'database.crashed'
        when h.event_name = 'server.shutdown' and not @says not_connected (words: o.words)@ then 'database.crashed'
        when h.event_name = 'server.shutdown' then 'database.unreachable'
        when h.event_name = 'deadlock' then 'database.deadlock'
        when h.event_name = 'disk.full' then 'database.disk_full'
        when h.event_name = 'lock.timeout' then 'database.lock_timeout'
        else 'database.error'
    end as cause,
    h.surety as strength,
    'the database''s log says: ' || left(h.body, 160) as statement
from origins as o
join happenings as h on o.trace_id = h.trace_id and o.request_span_id = h.request_span_id
where
    o.kind_of_callee = 'database' and h.format in @formats database@
    and h.event_name in ('server.crashed', 'server.recovering', 'server.shutdown', 'deadlock', 'disk.full', 'lock.timeout', 'storage.failed')
qualify row_number() over (partition by o.trace_id, o.request_span_id, h.event_name order by h.surety desc, h.seen_at) = 1
