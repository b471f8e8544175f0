-- Was memory used up when the process died, or when it said that it got none?
-- kind: indirect
-- idle without: blamed, requests, saturation
select distinct
    s.trace_id, s.request_span_id, b.unit_span_id as span_id, s.source, s.seen_at,
    b.service, b.host, 'host.memory_exhausted' as cause,
    0.5 as strength,
    s.says as statement
from saturation as s
join blamed as b on s.trace_id = b.trace_id and s.request_span_id = b.request_span_id
join requests as r on s.trace_id = r.trace_id and s.request_span_id = r.request_span_id
left join server_lines as l on s.trace_id = l.trace_id and s.request_span_id = l.request_span_id
left join happenings as h on s.trace_id = h.trace_id and s.request_span_id = h.request_span_id
left join origins as o on s.trace_id = o.trace_id and s.request_span_id = o.request_span_id
where
    s.what = 'memory'
    and (
        coalesce(l.says, '') in ('closed_early', 'reset')
        or coalesce(h.event_name, '') in ('worker.killed', 'worker.exited', 'process.crashed', 'process.oom_killed')
        or (r.record = 'access' and r.status = 502 and r.upstream_connect_ns >= 0 and r.upstream_header_ns < 0)
        or @says memory_exhausted (words: coalesce(o.words, ''))@ <> ''
    )
