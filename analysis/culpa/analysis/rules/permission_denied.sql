-- Was the app not allowed to use a file, a socket or a port?
-- kind: direct
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    'config' as layer, o.service as component, 'config.permission_denied' as cause,
    coalesce(nullif(regexp_extract(o.words, '''(/[^'']+)''', 1), ''), nullif(regexp_extract(o.words, '(/[A-Za-z0-9_./-]+)', 1), ''), '') as object,
    o.location, 1.0 as strength,
    'the operating system refused: ' || o.brief as statement
from origins as o
where
    o.kind_of_callee in ('', 'upstream')
    and regexp_matches(o.words, '^PermissionError|\[Errno (13|1)\]|EACCES|EPERM|Errno::EACCES|AccessDeniedException|(?i)(failed to open stream|fopen.*): Permission denied')
