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
    and regexp_matches(o.words, '^(MemoryError|NoMemoryError)\b|ArrayMemoryError\b|java\.lang\.OutOfMemoryError|System\.OutOfMemoryException|\[Errno 12\]|\bENOMEM\b|[Cc]annot allocate memory|JavaScript heap out of memory|Array buffer allocation failed|Allowed memory size of [0-9]+ bytes exhausted|runtime: out of memory|CUDA out of memory')
