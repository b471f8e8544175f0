-- Was the app not allowed to use a file, a socket or a port?
-- kind: direct
-- idle without: origins
-- Only the operating system's own words count: an app has permissions of its own, and refuses users with the same names.
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, 'config.permission_denied' as cause,
    coalesce(nullif(regexp_extract(o.words, '''(/[^'']+)''', 1), ''), nullif(regexp_extract(o.words, '(/[A-Za-z0-9_./-]+)', 1), ''), '') as object,
    o.location, 1.0 as strength,
    'the operating system refused: ' || o.brief as statement
from origins as o
where
    o.kind_of_callee in ('', 'upstream')
    and @says permission_denied (words: o.words)@
