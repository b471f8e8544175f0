-- Did memory run out?
-- kind: direct
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, o.host, 'host.memory_exhausted' as cause,
    o.location, 1.0 as strength,
    'memory ran out: ' || o.brief as statement
from origins as o
where
    o.kind_of_callee in ('', 'upstream')
    and @says memory_exhausted (words: o.words)@ = 'host.memory_exhausted'
