-- Was the CPU, or the event loop, busy when the app took longer than the web server waits?
-- kind: indirect
-- idle without: blamed, requests, saturation
select
    s.trace_id, s.request_span_id, b.unit_span_id as span_id, s.source, s.seen_at,
    b.service, 'app.slow' as cause,
    case when s.what = 'loop' then 0.6 else 0.4 end as strength,
    s.says as statement
from saturation as s
join blamed as b on s.trace_id = b.trace_id and s.request_span_id = b.request_span_id
join requests as r on s.trace_id = r.trace_id and s.request_span_id = r.request_span_id
-- A call that failed or a database that was slow says more.
anti join origins as o on s.trace_id = o.trace_id and s.request_span_id = o.request_span_id
where s.what in ('cpu', 'loop') and r.status in (503, 504) and r.duration_ns >= 1000000000 and b.has_spans
