-- Did memory run out?
-- kind: direct
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    'host' as layer,
    case when o.host <> '' then o.host else o.service end as component,
    'host.memory_exhausted' as cause,
    '' as object, o.location, 1.0 as strength,
    'memory ran out: ' || o.brief as statement
from origins as o
where
    o.kind_of_callee in ('', 'upstream')
    and @says memory_exhausted (words: o.words)@ = 'host.memory_exhausted'
