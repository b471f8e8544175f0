-- Did the request's time run out while its statement waited for a lock, as the database's own log tells?
-- kind: direct
-- idle without: lock_waits, outwaited
select
    l.trace_id, l.request_span_id, l.span_id, l.source, l.seen_at,
    c.service, c.callee, 'database.lock_timeout' as cause, c.query as object, c.query as location,
    l.surety as strength,
    'the database''s log says: ' || left(l.body, 160) as statement
from lock_waits as l
join calls as c on l.trace_id = c.trace_id and l.request_span_id = c.request_span_id and l.span_id = c.span_id
join outwaited as w on l.trace_id = w.trace_id and l.request_span_id = w.request_span_id
where c.end_ns - c.start_ns >= 0.5 * w.waited_ns
qualify row_number() over (partition by l.trace_id, l.request_span_id, l.span_id order by w.waited_ns desc) = 1
