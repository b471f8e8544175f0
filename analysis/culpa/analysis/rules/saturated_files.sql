-- Were nearly all file descriptors open when the process could get no more?
-- kind: indirect
-- idle without: origins, saturation
select
    o.trace_id, o.request_span_id, o.span_id, s.source, s.seen_at,
    o.service, o.host, 'host.too_many_open_files' as cause,
    0.6 as strength,
    s.says as statement
from saturation as s
join origins as o on s.trace_id = o.trace_id and s.request_span_id = o.request_span_id
where s.what = 'files' and @says files_used_up (words: o.words)@
