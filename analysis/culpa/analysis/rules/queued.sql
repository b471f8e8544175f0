-- Did the request wait for a free worker for most of its time?
-- kind: direct
-- idle without: outwaited
select
    w.trace_id, w.request_span_id, w.unit_span_id as span_id, 'span:' || w.unit_span_id as source, w.start_time as seen_at,
    w.service, 'app.workers_exhausted' as cause,
    -- Where nobody was at work meanwhile, the process may as well have been stopped, or the machine have had no time for it.
    case when o.span_id is null then 0.0 when w.is_clock_known then 1.0 else 0.5 end as strength,
    w.service || ' began to work on it only ' || round(w.delay_ns / 1e9, 1) || ' s after ' || w.caller || ' had it' as statement
from outwaited as w
left join occupants as o on w.trace_id = o.trace_id and w.request_span_id = o.request_span_id
anti join origins as x on w.trace_id = x.trace_id and w.request_span_id = x.request_span_id
where w.is_begun_late
