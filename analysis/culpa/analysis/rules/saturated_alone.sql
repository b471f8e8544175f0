-- Was a resource used up at the time of a failure that nothing else tells about?
-- kind: weak
-- idle without: blamed, saturation
select
    s.trace_id, s.request_span_id, b.unit_span_id as span_id, s.source, s.seen_at,
    b.service, b.host,
    case s.what
        when 'memory' then 'host.memory_exhausted'
        when 'disk' then 'host.disk_full'
        when 'files' then 'host.too_many_open_files'
        when 'pool' then 'app.pool_exhausted'
        else 'app.slow'
    end as cause,
    1.0 as strength,
    s.says as statement
from saturation as s
join blamed as b on s.trace_id = b.trace_id and s.request_span_id = b.request_span_id
anti join origins as o on s.trace_id = o.trace_id and s.request_span_id = o.request_span_id
anti join server_lines as l on s.trace_id = l.trace_id and s.request_span_id = l.request_span_id
anti join happenings as h on s.trace_id = h.trace_id and s.request_span_id = h.request_span_id
where not s.is_callee
