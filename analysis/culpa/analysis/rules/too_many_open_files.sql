-- Did a process run out of file descriptors?
-- kind: direct
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, o.host, 'host.too_many_open_files' as cause,
    o.location, 1.0 as strength,
    'no file descriptor left: ' || o.brief as statement
from origins as o
where @says files_used_up (words: o.words)@
