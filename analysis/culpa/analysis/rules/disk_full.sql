-- Was there no space left on a device of the app's host?
-- kind: direct
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, o.host, 'host.disk_full' as cause,
    coalesce(nullif(regexp_extract(o.words, '''(/[^'']+)''', 1), ''), nullif(regexp_extract(o.words, '(/[A-Za-z0-9_./-]{2,})', 1), ''), '') as object,
    o.location, 1.0 as strength,
    'no space left: ' || o.brief as statement
from origins as o
where
    o.kind_of_callee in ('', 'upstream')
    and @says disk_full (words: o.words)@ = 'host.disk_full'
